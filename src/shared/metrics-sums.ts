// Scores of a stream that never lies in memory as a whole: all of them follow from six sums.
import { POWER_FLOOR, powerDb, ratioDb } from './decibels.ts';

/** Power of full scale that a part must have on average to count as sound: −80 dBFS. */
const SILENCE = 1e-8;

export class SignalSums {
  samples = 0;
  #mixture = 0;
  #target = 0;
  #estimate = 0;
  #mixtureTarget = 0;
  #estimateTarget = 0;

  /** Takes in `length` samples of all three, from `start` on. */
  add(
    mixture: Float32Array,
    target: Float32Array,
    estimate: Float32Array,
    start: number,
    length: number,
  ): void {
    for (let n = start; n < start + length; n++) {
      this.#mixture += mixture[n] * mixture[n];
      this.#target += target[n] * target[n];
      this.#estimate += estimate[n] * estimate[n];
      this.#mixtureTarget += mixture[n] * target[n];
      this.#estimateTarget += estimate[n] * target[n];
    }
    this.samples += length;
  }

  /** SI-SDR of the estimate against the target; null where the target is silent. */
  get siSdrDb(): number | null {
    return this.#siSdrDb(this.#estimate, this.#estimateTarget);
  }

  /** SI-SDR of the estimate less that of the mixture; null where the target is silent. */
  get siSdriDb(): number | null {
    const after = this.siSdrDb;
    const before = this.#siSdrDb(this.#mixture, this.#mixtureTarget);
    return after === null || before === null ? null : after - before;
  }

  /** Level of the estimate against the target; null where that is silent. */
  get levelDb(): number | null {
    return this.#ratioDb(this.#estimate, this.#target);
  }

  /** Level of the estimate against the mixture; null where that is silent. */
  get residualDb(): number | null {
    return this.#ratioDb(this.#estimate, this.#mixture);
  }

  /** Level of the estimate against full scale; null for no samples. */
  get estimateDbfs(): number | null {
    return this.samples === 0 ? null : powerDb(this.#estimate / this.samples + POWER_FLOOR);
  }

  /** Level of the mixture against full scale; null for no samples. */
  get mixtureDbfs(): number | null {
    return this.samples === 0 ? null : powerDb(this.#mixture / this.samples + POWER_FLOOR);
  }

  #siSdrDb(power: number, product: number): number | null {
    if (this.#target <= SILENCE * this.samples) return null;
    const signal = (product * product) / this.#target;
    return ratioDb(signal, Math.max(0, power - signal));
  }

  #ratioDb(x: number, y: number): number | null {
    return y <= SILENCE * this.samples ? null : ratioDb(x / this.samples, y / this.samples);
  }
}
