// What is played where no estimate came in time, in the manner of packet loss concealment: the mixture, by the share of it that passed
// just before (least squares), for as long as that is likely to hold; then silence.

/** Time constant of the share. */
const SHARE_S = 0.01;
/** So long the share holds, and so long it takes to go. */
const HOLD_S = 0.03;
const FADE_S = 0.06;
/** Squares far below any sound; they keep the sums from becoming denormal, which would be slow. In silence nothing passes. */
const SILENCE = 1e-12;
const NOTHING = 1e-20;

export class Concealment {
  readonly #keep: number;
  readonly #hold: number;
  readonly #fade: number;
  /** Of the newest samples: estimate times mixture, and mixture squared. */
  #product = 0;
  #power = 0;
  /** Samples that were concealed in a row. */
  #concealed = 0;

  constructor(rateHz: number) {
    this.#keep = Math.exp(-1 / (SHARE_S * rateHz));
    this.#hold = Math.round(HOLD_S * rateHz);
    this.#fade = Math.round(FADE_S * rateHz);
  }

  /** A sample whose estimate is there. */
  hear(estimate: number, mixture: number): void {
    this.#product = this.#keep * this.#product + estimate * mixture + NOTHING;
    this.#power = this.#keep * this.#power + mixture * mixture + SILENCE;
    this.#concealed = 0;
  }

  /** In the place of a sample whose estimate is not. */
  conceal(mixture: number): number {
    const faded = (this.#concealed++ - this.#hold) / this.#fade;
    if (faded >= 1 || this.#power === 0) return 0;
    const share = Math.min(1, Math.max(0, this.#product / this.#power));
    return share * Math.min(1, 1 - faded) * mixture;
  }
}
