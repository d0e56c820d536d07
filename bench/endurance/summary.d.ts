// Types of summary.js, for tests in TypeScript: what they read of it.
import type { EnduranceRun } from './run.js';

/** Bytes. */
export interface MemoryTrend {
  readonly first: number;
  readonly last: number;
  readonly largest: number;
  readonly per_minute: number;
}

export interface EnduranceSummary {
  readonly latencySamples: number;
  readonly hops: number;
  readonly hops_left_out: number;
  readonly missed_deadlines: number;
  readonly lag_samples: readonly [number, number];
  readonly memory: Readonly<Record<string, MemoryTrend | null>>;
  readonly elements: readonly [number, number];
  /** First, last, after the end. */
  readonly workers: readonly [number, number, number];
  readonly uncaught: readonly string[];
}

export function slope(minutes: readonly number[], values: readonly number[]): number;
export function summary(run: EnduranceRun): EnduranceSummary;
