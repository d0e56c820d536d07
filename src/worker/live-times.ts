// How long the parts of a live run take. All memory is taken at construction; adding a time allocates nothing.
import { EvenCounter, TimeCounter } from '../shared/latency-histogram.ts';
import { summaryOf, type LiveTimes, type TimeSummary } from '../shared/latency-times.ts';

const WINDOW_STEPS = 1024;
/** Hops of 8 ms: two seconds of them, for a reader that looks more than once a second. */
const NEWEST_HOPS = 256;
const BIN_MS = 0.25;
const BINS = 65;

/** A sliding window. */
export class SlidingTimes {
  readonly #ms: Float32Array;
  readonly #sorted: Float32Array;
  #count = 0;

  constructor(readonly size = WINDOW_STEPS) {
    this.#ms = new Float32Array(size);
    this.#sorted = new Float32Array(size);
  }

  /** All that were added, those that left the window too. */
  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    this.#ms[this.#count++ % this.size] = ms;
  }

  clear(): void {
    this.#count = 0;
  }

  /** A copy, the oldest first. */
  newest(): Float32Array {
    const n = Math.min(this.#count, this.size);
    return Float32Array.from({ length: n }, (_, k) => this.#ms[(this.#count - n + k) % this.size]);
  }

  /** Null before the first time. Sorts: for readers, not for the step. */
  summary(): TimeSummary | null {
    const n = Math.min(this.#count, this.size);
    if (n === 0) return null;
    const sorted = this.#sorted.subarray(0, n);
    sorted.set(this.#ms.subarray(0, n));
    return summaryOf(sorted.sort());
  }
}

/** What latency-times.ts says of each. */
export class LiveRecorder {
  readonly wake = new TimeCounter();
  readonly resample = new TimeCounter();
  readonly step = new TimeCounter();
  readonly readback = new TimeCounter();
  /** Of the newest steps alone: what the load is now. */
  readonly newestSteps = new SlidingTimes();
  readonly #hop = new TimeCounter();
  readonly #slackUsed = new TimeCounter();
  readonly #late = { wake: 0, hop: 0, device: 0 };
  readonly #histogram = new EvenCounter(BIN_MS, BINS);
  readonly #newestHops = new SlidingTimes(NEWEST_HOPS);

  addStep(ms: number): void {
    this.step.add(ms);
    this.newestSteps.add(ms);
  }

  addHop(ms: number): void {
    this.#hop.add(ms);
    this.#histogram.add(ms);
    this.#newestHops.add(ms);
  }

  /** Of a hop for which the worker woke and worked so long; `isLate`: that was too much. */
  addSlackUsed(ms: number, wakeMs: number, hopMs: number, isLate: boolean): void {
    this.#slackUsed.add(ms);
    if (!isLate) return;
    const deviceMs = ms - wakeMs - hopMs;
    if (deviceMs > wakeMs && deviceMs > hopMs) this.#late.device++;
    else if (wakeMs > hopMs) this.#late.wake++;
    else this.#late.hop++;
  }

  clear(): void {
    const { wake, resample, step, readback, newestSteps } = this;
    for (const times of [wake, resample, step, readback, newestSteps]) times.clear();
    for (const times of [this.#hop, this.#slackUsed, this.#histogram, this.#newestHops]) times.clear();
    this.#late.wake = this.#late.hop = this.#late.device = 0;
  }

  /** Allocates: for readers. */
  report(): LiveTimes {
    return {
      wake: this.wake.summary(),
      resample: this.resample.summary(),
      step: this.step.summary(),
      readback: this.readback.summary(),
      hop: this.#hop.summary(),
      slackUsed: this.#slackUsed.summary(),
      late: { ...this.#late },
      histogram: this.#histogram.histogram(),
      hops: this.#newestHops.count,
      newestHopMs: this.#newestHops.newest(),
    };
  }
}
