// What the page and the probe tell each other.

/** Handed to the probe's constructor. */
export interface ProbeOptions {
  readonly inputs: number;
  /** Kept of each input, from the context's frame `startFrame` (a whole number of quanta) on. */
  readonly samples: number;
  readonly startFrame: number;
}

/** What was recorded, [inputs, samples]; the one message of a probe. */
export interface FromProbe {
  readonly recorded: Float32Array<ArrayBuffer>;
  /** Frames between `startFrame` and the first one recorded: not 0 where the probe began too late. */
  readonly lateFrames: number;
}

export const PROBE_NAME = 'crossmamba-probe';
