// Real FFT of a power-of-two size: a complex FFT of half the size, then the split into the spectrum of a real signal.

/** Plans for one size. Nothing is allocated after construction; one caller at a time (the scratch is shared). */
export class RealFft {
  /** Bins of a spectrum, size / 2 + 1. */
  readonly bins: number;
  readonly #half: number;
  // In f64, so that the transform adds nothing to the error of f32 samples.
  readonly #re: Float64Array; // [half]
  readonly #im: Float64Array; // [half]
  readonly #cos: Float64Array; // [half], of 2πk / size
  readonly #sin: Float64Array; // [half]
  readonly #reversed: Uint16Array; // [half]

  /** `size`: a power of two from 4 to 65536. Throws RangeError on another. */
  constructor(readonly size: number) {
    if (!Number.isInteger(Math.log2(size)) || size < 4 || size > 65536)
      throw new RangeError(`RealFft: expected a power of two from 4 to 65536, got ${size}`);
    this.bins = size / 2 + 1;
    this.#half = size / 2;
    this.#re = new Float64Array(this.#half);
    this.#im = new Float64Array(this.#half);
    this.#cos = Float64Array.from({ length: this.#half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: this.#half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.#reversed = new Uint16Array(this.#half);
    for (let k = 1; k < this.#half; k++)
      this.#reversed[k] = (this.#reversed[k >> 1] >> 1) | (k & 1 ? this.#half >> 1 : 0);
  }

  /** `input` [size] → `spectrum` [bins, 2] (real, imaginary), unscaled. */
  forward(input: Float32Array, spectrum: Float32Array): void {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    for (let k = 0; k < half; k++) {
      const to = this.#reversed[k];
      re[to] = input[2 * k];
      im[to] = input[2 * k + 1];
    }
    this.#complex(-1);
    spectrum[0] = re[0] + im[0];
    spectrum[1] = 0;
    spectrum[2 * half] = re[0] - im[0];
    spectrum[2 * half + 1] = 0;
    for (let k = 1; k < half; k++) {
      const m = half - k;
      const evenRe = (re[k] + re[m]) / 2;
      const evenIm = (im[k] - im[m]) / 2;
      const oddRe = (im[k] + im[m]) / 2;
      const oddIm = (re[m] - re[k]) / 2;
      const c = this.#cos[k];
      const s = -this.#sin[k];
      spectrum[2 * k] = evenRe + c * oddRe - s * oddIm;
      spectrum[2 * k + 1] = evenIm + c * oddIm + s * oddRe;
    }
  }

  /** `spectrum` [bins, 2] → `output` [size], scaled by 1 / size. The imaginary parts of the first and last bin are ignored. */
  inverse(spectrum: Float32Array, output: Float32Array): void {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    re[0] = (spectrum[0] + spectrum[2 * half]) / 2;
    im[0] = (spectrum[0] - spectrum[2 * half]) / 2;
    for (let k = 1; k < half; k++) {
      const m = half - k;
      const evenRe = (spectrum[2 * k] + spectrum[2 * m]) / 2;
      const evenIm = (spectrum[2 * k + 1] - spectrum[2 * m + 1]) / 2;
      const differenceRe = (spectrum[2 * k] - spectrum[2 * m]) / 2;
      const differenceIm = (spectrum[2 * k + 1] + spectrum[2 * m + 1]) / 2;
      const c = this.#cos[k];
      const s = this.#sin[k];
      const oddRe = c * differenceRe - s * differenceIm;
      const oddIm = c * differenceIm + s * differenceRe;
      const to = this.#reversed[k];
      re[to] = evenRe - oddIm;
      im[to] = evenIm + oddRe;
    }
    this.#complex(1);
    for (let k = 0; k < half; k++) {
      output[2 * k] = re[k] / half;
      output[2 * k + 1] = im[k] / half;
    }
  }

  /** In place over the scratch, whose order is bit-reversed; `sign` of the exponent. */
  #complex(sign: 1 | -1): void {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    for (let span = 1; span < half; span *= 2) {
      const stride = half / span;
      for (let k = 0; k < span; k++) {
        const c = this.#cos[k * stride];
        const s = sign * this.#sin[k * stride];
        for (let a = k; a < half; a += 2 * span) {
          const b = a + span;
          const bRe = c * re[b] - s * im[b];
          const bIm = c * im[b] + s * re[b];
          re[b] = re[a] - bRe;
          im[b] = im[a] - bIm;
          re[a] += bRe;
          im[a] += bIm;
        }
      }
    }
  }
}
