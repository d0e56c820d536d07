// A whole recording at another rate: at once, or in pieces that others get in between.
import { Resampler } from './resampler.ts';

const PIECE_SAMPLES = 1024;

/** Sample m of the result stands for the time m / toHz. */
export class Resampling {
  readonly #samples: Float32Array;
  readonly #resampler: Resampler;
  readonly #length: number;
  /** The recording, and silence until the last output can be computed. */
  readonly #needed: number;
  readonly #piece = new Float32Array(PIECE_SAMPLES);
  readonly #output: Float32Array;
  #taken = 0;
  #written = 0;

  /** @throws InputError where a rate is not a whole number of hertz above 0. */
  constructor(samples: Float32Array, fromHz: number, toHz: number) {
    this.#samples = samples;
    this.#resampler = new Resampler(fromHz, toHz);
    const { timing } = this.#resampler;
    this.#length = Math.ceil((samples.length * timing.up) / timing.down);
    this.#needed = Math.max(samples.length, timing.inputsFor(this.#length));
    this.#output = new Float32Array(this.#length + this.#resampler.maxOutputs(PIECE_SAMPLES));
  }

  /** Takes the next piece; false once there is none left. */
  step(): boolean {
    const count = Math.min(PIECE_SAMPLES, this.#needed - this.#taken);
    this.#piece.fill(0);
    this.#piece.set(this.#samples.subarray(this.#taken, this.#taken + count));
    this.#taken += count;
    this.#written += this.#resampler.process(this.#piece, count, this.#output.subarray(this.#written));
    return this.#taken < this.#needed;
  }

  /** [samples · toHz / fromHz, rounded up], when all pieces have been taken. A copy. */
  result(): Float32Array {
    return this.#output.slice(0, this.#length);
  }
}

/** All pieces at once. @throws InputError where a rate is not a whole number of hertz above 0. */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampling = new Resampling(samples, fromHz, toHz);
  while (resampling.step());
  return resampling.result();
}
