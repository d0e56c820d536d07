// The times of a live run as they are told to the page: how long each part of a hop took.

/** Milliseconds. */
export interface TimeSummary {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest ranks of at least one time, the shortest first. */
export function summaryOf(sorted: ArrayLike<number>): TimeSummary {
  const n = sorted.length;
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * n) - 1)];
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted[n - 1] };
}

/** Bin n counts the times from n · binMs up to (n + 1) · binMs; the last one all that are longer. */
export interface TimeHistogram {
  readonly binMs: number;
  readonly counts: Uint32Array;
}

/**
 * Hops whose estimates came too late, by what took most of their time: the worker's wake, its work, or what the device does with its
 * buffers (bursts), which includes waiting for the hop before.
 */
export interface LateHops {
  readonly wake: number;
  readonly hop: number;
  readonly device: number;
}

/** Since the run began; null where nothing was measured. Quantiles are right to 2 %, the maximum is exact. */
export interface LiveTimes {
  /**
   * From the audio thread's push to a worker that had nothing to do until the worker runs. The audio thread's clock ticks in whole
   * milliseconds: a time reads up to 1 ms more than it was, never less.
   */
  readonly wake: TimeSummary | null;
  /** Both resamplers, a hop. */
  readonly resample: TimeSummary | null;
  /** The engine: window, transforms, the network. */
  readonly step: TimeSummary | null;
  /** Of the step, from the submission to the result in hand; a GPU's only. */
  readonly readback: TimeSummary | null;
  /** From the popped samples that complete a hop to its estimate on the way back. */
  readonly hop: TimeSummary | null;
  /**
   * How much of the slack was gone when an estimate was on its way back: bursts of the device, wake and hop together.
   * More than the slack is a missed deadline. Counted in the audio thread's quanta.
   */
  readonly slackUsed: TimeSummary | null;
  readonly late: LateHops;
  /** Of `hop`. */
  readonly histogram: TimeHistogram;
  /** Of `hop`: how many so far, and the newest of them in milliseconds, the oldest first. */
  readonly hops: number;
  readonly newestHopMs: Float32Array;
}
