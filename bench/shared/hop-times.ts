// How long the hops of one contestant took, as the benches write it.
import { quantile } from './quantile.ts';

export interface HopTimes {
  /** On a shared machine, the least tells most about the work, the others about the neighbours. */
  readonly min_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** p50 against the audio in a hop. */
  readonly real_time_factor: number;
}

/** `ms`: of each hop. `hopMs`: the audio in one. */
export function hopTimes(ms: readonly number[], hopMs: number): HopTimes {
  const [min_ms, p50_ms, p95_ms, p99_ms, max_ms] = [0, 0.5, 0.95, 0.99, 1].map((share) =>
    quantile(ms, share),
  );
  return { min_ms, p50_ms, p95_ms, p99_ms, max_ms, real_time_factor: p50_ms / hopMs };
}
