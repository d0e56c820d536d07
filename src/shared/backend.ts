// What a backend does: the network's recurrence, one spectrum in, one spectrum out. What it does not do: framing, FFT,
// overlap-add, resampling, threads. Backends agree with each other on output and on state, so one can take over from another.
import type { ClueTerms } from './clue-terms.ts';
import type { Model } from './model-types.ts';

export type BackendName = 'webgpu' | 'wasm' | 'reference';

/**
 * The whole recurrent state after a hop, in one layout for every backend: two entries a block, `full_band` (S = 1) then
 * `bands` (S = K).
 */
export interface Snapshot {
  /** Running level: Σ keepⁿ·power and Σ keepⁿ. */
  readonly level: { readonly total: number; readonly weight: number };
  /** 2·layers arrays, each [S, d_inner, d_conv − 1], the oldest tap first. */
  readonly conv_state: readonly Float32Array[];
  /** 2·layers arrays, each [S, d_inner, d_state]. */
  readonly ssm_state: readonly Float32Array[];
}

/** Called between pieces of long work, so that what is live gets its turn; resolves when it is time to go on. */
export type Breathe = () => Promise<void>;

export interface Backend {
  readonly name: BackendName;
  /** For people: the adapter's name, or why this backend was taken. */
  readonly description: string;
  /** Milliseconds from the newest step's submission to its result in hand; only where a device computes. */
  readonly readbackMs?: number;
  /** Uploads weights, builds pipelines, allocates everything a step needs. */
  load(model: Model, breathe?: Breathe): Promise<void>;
  /** Takes all that depends on the clue alone, computes it where it is not given. Keeps the recurrent state. `embedding` [256], unit length. */
  setClue(embedding: Float32Array, terms?: ClueTerms): void;
  /**
   * One hop. `spectrum` and `estimate` [bins, 2] (real, imaginary). `estimate` is filled when the promise resolves (at once
   * where none is returned). One step at a time; nothing is allocated on the JavaScript heap that outlives the step.
   */
  step(spectrum: Float32Array, estimate: Float32Array): Promise<void> | void;
  /** Back to the state before the first hop. Keeps the clue. */
  reset(): void;
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): void;
  /** Frees everything. Nothing may be called afterwards. */
  destroy(): void;
}
