// Counts times in bins: quantiles of any number of them without keeping or sorting them, and nothing is allocated on the way.
import type { TimeHistogram, TimeSummary } from './latency-times.ts';

const LEAST_MS = 1e-3;
const DECADES = 7;
/** Two edges are 1.8 % apart. */
const BINS_PER_DECADE = 128;
const BINS = DECADES * BINS_PER_DECADE;

/** Bins that grow with the time, from 1 µs to 10 s. */
export class TimeCounter {
  readonly #counts = new Uint32Array(BINS);
  #n = 0;
  #maxMs = 0;

  /** What is below 0 or no number is left out. */
  add(ms: number): void {
    if (!(ms >= 0)) return;
    const bin = ms <= LEAST_MS ? 0 : Math.floor(Math.log10(ms / LEAST_MS) * BINS_PER_DECADE);
    this.#counts[Math.min(BINS - 1, bin)]++;
    this.#n++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#n = this.#maxMs = 0;
  }

  /** Null before the first time. Allocates: for readers. */
  summary(): TimeSummary | null {
    if (this.#n === 0) return null;
    return {
      n: this.#n,
      p50: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      p99: this.#quantile(0.99),
      max: this.#maxMs,
    };
  }

  /** The middle of the bin in which the quantile lies. */
  #quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#n));
    let below = 0;
    let bin = 0;
    while ((below += this.#counts[bin]) < rank) bin++;
    return Math.min(this.#maxMs, LEAST_MS * 10 ** ((bin + 0.5) / BINS_PER_DECADE));
  }
}

/** Bins of one width, for drawing. */
export class EvenCounter {
  readonly #counts: Uint32Array;

  constructor(
    readonly binMs: number,
    bins: number,
  ) {
    this.#counts = new Uint32Array(bins);
  }

  add(ms: number): void {
    if (ms >= 0) this.#counts[Math.min(this.#counts.length - 1, Math.floor(ms / this.binMs))]++;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** A copy. */
  histogram(): TimeHistogram {
    return { binMs: this.binMs, counts: this.#counts.slice() };
  }
}
