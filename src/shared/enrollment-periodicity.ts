// Whether there is a pitch: the largest normalised autocorrelation of a block and the one before it.

/** Low enough to be cheap, high enough for every pitch. */
const LOW_RATE_HZ = 8000;
const LOWEST_PITCH_HZ = 80;
const HIGHEST_PITCH_HZ = 500;
/** Of the filter that takes the offset away: 25 Hz. */
const DC_POLE = 0.98;
/** Of the whole energy: where a part has less, nothing but an edge is compared. */
const MIN_PART = 0.25;
const EPSILON = 1e-12;

export class Periodicity {
  readonly #step: number;
  readonly #lowBlock: number;
  /** The block before and this one, at the low rate. */
  readonly #window: Float32Array;
  #before = 0;
  #steady = 0;
  readonly #minLag: number;
  readonly #maxLag: number;

  /** Blocks of `blockSamples` at `rateHz`, 20 ms or so. */
  constructor(rateHz: number, blockSamples: number) {
    this.#step = Math.max(1, Math.floor(rateHz / LOW_RATE_HZ));
    this.#lowBlock = Math.floor(blockSamples / this.#step);
    this.#window = new Float32Array(2 * this.#lowBlock);
    const lowRateHz = rateHz / this.#step;
    this.#minLag = Math.max(1, Math.round(lowRateHz / HIGHEST_PITCH_HZ));
    this.#maxLag = Math.min(this.#window.length - 1, Math.round(lowRateHz / LOWEST_PITCH_HZ));
  }

  /** The next block → 0 (noise) … 1 (a tone). */
  next(block: Float32Array): number {
    const window = this.#window;
    window.copyWithin(0, this.#lowBlock);
    for (let n = 0; n < this.#lowBlock; n++) {
      let sum = 0;
      for (let k = 0; k < this.#step; k++) sum += block[n * this.#step + k];
      const low = sum / this.#step;
      this.#steady = low - this.#before + DC_POLE * this.#steady;
      this.#before = low;
      window[this.#lowBlock + n] = this.#steady;
    }
    const length = window.length - this.#maxLag;
    const energyFrom = (start: number, end: number) => {
      let energy = 0;
      for (let n = start; n < end; n++) energy += window[n] ** 2;
      return energy;
    };
    const least = MIN_PART * energyFrom(0, window.length) + EPSILON;
    const energy = energyFrom(0, length);
    let lagged = energyFrom(this.#minLag, this.#minLag + length);
    let best = 0;
    for (let lag = this.#minLag; lag <= this.#maxLag; lag++) {
      let product = 0;
      for (let n = 0; n < length; n++) product += window[n] * window[n + lag];
      best = Math.max(best, product / Math.max(Math.sqrt(energy * lagged), least));
      if (lag < this.#maxLag) lagged += window[lag + length] ** 2 - window[lag] ** 2;
    }
    return best;
  }
}
