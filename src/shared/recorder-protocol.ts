// What the page and the recorder on the audio thread tell each other.

/** Samples a block holds of every channel. */
export const BLOCK_SAMPLES = 4096;
/** Blocks in circulation: 2.7 s at 48 kHz, for a main thread that is busy. */
export const BLOCKS = 32;

export const RECORDER_NAME = 'crossmamba-recorder';

export interface RecorderOptions {
  /** Inputs of the node, one channel each, recorded sample by sample of the same time. */
  readonly inputs: number;
}

export type ToRecorder =
  { readonly kind: 'return'; readonly block: Float32Array<ArrayBuffer> } | { readonly kind: 'finish' };

/** `block`: one input after the other, BLOCK_SAMPLES each, of which `count` are filled. */
export interface FromRecorder {
  readonly block: Float32Array<ArrayBuffer>;
  readonly count: number;
  /** The context's frame at which the recording began. */
  readonly startFrame: number;
  /** Quanta for which no block was free: what would have been recorded then is missing. */
  readonly lostQuanta: number;
  readonly last: boolean;
}
