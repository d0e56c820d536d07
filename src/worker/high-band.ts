// What lies above the model's band. The model hears 16 kHz; of what a faster stream has above that, as much is let through as the
// estimate has of the mixture just below it: the two belong to the same consonants. It costs no delay.
import { HOP_SAMPLES, MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import type { Resampler } from '../shared/resampler.ts';
import { HighPass } from './high-pass.ts';

/** The gain is read from here up to the model's 8 kHz. */
const GATE_HZ = 4000;
/** What the hops before count against the newest one. */
const KEEP = 0.4;
/** Below −100 dBFS there is nothing to read a gain from. */
const SILENCE = HOP_SAMPLES * 1e-10;

export class HighBand {
  /** The mixture as the model hears it, back at the stream's rate: what it lacks there is the high band. */
  readonly #outward: Resampler;
  /** [a hop at the stream's rate] */
  readonly #low: Float32Array;
  /** The stream's newest samples, in a circle. */
  readonly #stream: Float32Array;
  /** The hop of the mixture that the next estimate is of. */
  readonly #mixture = new Float32Array(HOP_SAMPLES);
  readonly #ofMixture = new HighPass(GATE_HZ, MODEL_RATE_HZ);
  readonly #ofEstimate = new HighPass(GATE_HZ, MODEL_RATE_HZ);
  readonly #above = [new Float32Array(HOP_SAMPLES), new Float32Array(HOP_SAMPLES)] as const;
  #taken = 0;
  #given = 0;
  #product = 0;
  #energy = 0;
  #gain = 0;

  /**
   * For streams above the model's rate.
   * @param outward what brings the estimate back to the stream's rate; its twin is taken.
   * @param reachSamples how far behind the newest sample an estimate's first one may be.
   */
  constructor(outward: Resampler, reachSamples: number) {
    this.#outward = outward.twin();
    this.#low = new Float32Array(this.#outward.maxOutputs(HOP_SAMPLES));
    this.#stream = new Float32Array(reachSamples);
  }

  /** The first `count` of `samples` are the stream's next. */
  take(samples: Float32Array, count: number): void {
    for (let n = 0; n < count; n++) this.#stream[(this.#taken + n) % this.#stream.length] = samples[n];
    this.#taken += count;
  }

  /** A hop of the mixture [HOP_SAMPLES]; the next estimate is of it. */
  next(mixture: Float32Array): void {
    this.#mixture.set(mixture);
  }

  /**
   * Adds what lies above to `wide`, the estimate at the stream's rate, which continues where the call before ended.
   * @param estimate the same at the model's rate [HOP_SAMPLES]; NaN where there is none
   */
  addTo(wide: Float32Array, estimate: Float32Array): void {
    const count = this.#outward.process(this.#mixture, HOP_SAMPLES, this.#low);
    const from = this.#gain;
    const step = (this.#read(estimate) - from) / count;
    const { length } = this.#stream;
    for (let n = 0; n < count; n++)
      wide[n] += (from + step * (n + 1)) * (this.#stream[(this.#given + n) % length] - this.#low[n]);
    this.#given += count;
  }

  reset(): void {
    for (const part of [this.#outward, this.#ofMixture, this.#ofEstimate]) part.reset();
    this.#stream.fill(0);
    this.#mixture.fill(0);
    this.#taken = this.#given = this.#product = this.#energy = this.#gain = 0;
  }

  /** The least-squares share of the mixture in the estimate, 0 … 1. */
  #read(estimate: Float32Array): number {
    const [mixture, passed] = this.#above;
    this.#ofMixture.process(this.#mixture, mixture);
    if (Number.isNaN(estimate[0])) {
      this.#ofEstimate.reset();
      return this.#gain;
    }
    this.#ofEstimate.process(estimate, passed);
    this.#product *= KEEP;
    this.#energy *= KEEP;
    for (let n = 0; n < HOP_SAMPLES; n++) {
      this.#product += mixture[n] * passed[n];
      this.#energy += mixture[n] * mixture[n];
    }
    const share = this.#product / (this.#energy + SILENCE);
    if (Number.isFinite(share)) return (this.#gain = Math.min(1, Math.max(0, share)));
    // An estimate that is no number must not be felt after its hop.
    this.#ofEstimate.reset();
    this.#product = this.#energy = 0;
    return this.#gain;
  }
}
