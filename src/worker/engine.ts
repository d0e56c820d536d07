// One hop in, one hop out, at the model's rate: framing, the backend's step, overlap-add, and recovery from what is not finite.
import { isSound } from '../shared/audio-constants.ts';
import type { Backend } from '../shared/backend.ts';
import type { ModelConfig } from '../shared/model.ts';
import { OverlapAdd, StreamingStft } from '../shared/stft.ts';

/** Losses and progress since construction. */
export interface EngineCounters {
  readonly hops: number;
  /** Samples of the mixture that were NaN, infinite or beyond any sound, and became 0. */
  readonly nonFiniteSamples: number;
  /** Times that the estimate was not finite: the hop fell silent and the state was reset. */
  readonly recoveries: number;
}

/** What the engine needs of a backend. */
export type SteppingBackend = Pick<Backend, 'step' | 'reset' | 'readbackMs'>;

/** Drives a backend that has loaded `model` and has a clue. One call at a time; nothing is allocated per hop. */
export class Engine {
  readonly #backend: SteppingBackend;
  readonly #stft: StreamingStft;
  readonly #overlapAdd: OverlapAdd;
  readonly #samples: Float32Array; // [hop]
  readonly #spectrum: Float32Array; // [bins, 2]
  readonly #estimate: Float32Array; // [bins, 2]
  readonly #counters = { hops: 0, nonFiniteSamples: 0, recoveries: 0 };

  constructor(backend: SteppingBackend, model: { readonly config: ModelConfig }) {
    const { config } = model;
    this.#backend = backend;
    this.#stft = new StreamingStft(config);
    this.#overlapAdd = new OverlapAdd(config);
    this.#samples = new Float32Array(config.hop);
    this.#spectrum = new Float32Array(2 * this.#stft.bins);
    this.#estimate = new Float32Array(2 * this.#stft.bins);
  }

  get counters(): EngineCounters {
    return this.#counters;
  }

  get readbackMs(): number | undefined {
    return this.#backend.readbackMs;
  }

  /**
   * One hop of the `mixture` [hop] in, the estimate of the hop before it out: hop t − 1 of `estimate` [hop] (that before the
   * start, nearly silent, at first). Filled when the promise resolves, or at once where none is returned.
   * Errors are the backend's.
   */
  process(mixture: Float32Array, estimate: Float32Array): Promise<void> | void {
    this.#sanitise(mixture);
    this.#stft.push(this.#samples, this.#spectrum);
    const pending = this.#backend.step(this.#spectrum, this.#estimate);
    if (pending === undefined) this.#finish(estimate);
    else return pending.then(() => this.#finish(estimate));
  }

  /** A `mixture` [hop] that is left out: the network does not hear it, yet the frames after it hold it. */
  skip(mixture: Float32Array): void {
    this.#sanitise(mixture);
    this.#stft.skip(this.#samples);
  }

  /** The network forgets what it heard; the frames go on, so that nothing of the estimate is missing. */
  forget(): void {
    this.#backend.reset();
  }

  /** Back to the state before the first hop; the counters and the clue stay. */
  reset(): void {
    this.#stft.reset();
    this.#overlapAdd.reset();
    this.#backend.reset();
  }

  #sanitise(mixture: Float32Array): void {
    const samples = this.#samples;
    for (let n = 0; n < samples.length; n++) {
      const usable = isSound(mixture[n]);
      samples[n] = usable ? mixture[n] : 0;
      if (!usable) this.#counters.nonFiniteSamples++;
    }
  }

  #finish(estimate: Float32Array): void {
    this.#counters.hops++;
    // A sum is finite only where every term is; f32 samples cannot overflow a double.
    let sum = 0;
    for (let n = 0; n < this.#estimate.length; n++) sum += this.#estimate[n];
    if (Number.isFinite(sum)) {
      this.#overlapAdd.push(this.#estimate, estimate);
      return;
    }
    this.#counters.recoveries++;
    this.reset();
    estimate.fill(0);
  }
}
