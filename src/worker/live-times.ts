// How long the newest steps took: a sliding window that is allocated once.
import type { StepTimes } from '../shared/protocol.ts';

const WINDOW_STEPS = 1024;

export class LiveTimes {
  readonly #ms = new Float32Array(WINDOW_STEPS);
  readonly #sorted = new Float32Array(WINDOW_STEPS);
  #count = 0;

  add(ms: number): void {
    this.#ms[this.#count++ % WINDOW_STEPS] = ms;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Null before the first step. Sorts: for readers, not for the step. */
  summary(): StepTimes | null {
    const n = Math.min(this.#count, WINDOW_STEPS);
    if (n === 0) return null;
    const sorted = this.#sorted.subarray(0, n);
    sorted.set(this.#ms.subarray(0, n));
    sorted.sort();
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * n) - 1)];
    return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted[n - 1] };
  }
}
