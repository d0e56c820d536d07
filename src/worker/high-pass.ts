// A Butterworth high-pass of the fourth order: two biquads, after the Audio EQ Cookbook (W3C note, R. Bristow-Johnson).

/** Quality of the two sections. */
const QUALITIES = [0.541196, 1.306563];
/** Far below any sound: a state that fades on would end in numbers that processors are slow with. */
const TINY = 1e-30;

export class HighPass {
  readonly #sections: Section[];

  /** 3 dB down at `cutoffHz`. */
  constructor(cutoffHz: number, rateHz: number) {
    this.#sections = QUALITIES.map((quality) => new Section((2 * Math.PI * cutoffHz) / rateHz, quality));
  }

  /** What passes of `input` goes to `output`, which is as long and may be the same. */
  process(input: Float32Array, output: Float32Array): void {
    for (const section of this.#sections) {
      section.process(input, output);
      input = output;
    }
  }

  /** Back to silence before the first sample. */
  reset(): void {
    for (const section of this.#sections) section.reset();
  }
}

/** y = b (1 − z⁻¹)² / (1 + a1 z⁻¹ + a2 z⁻²), transposed direct form II. */
class Section {
  readonly #b: number;
  readonly #a1: number;
  readonly #a2: number;
  #first = 0;
  #second = 0;

  constructor(omega: number, quality: number) {
    const cosine = Math.cos(omega);
    const alpha = Math.sin(omega) / (2 * quality);
    this.#b = (1 + cosine) / 2 / (1 + alpha);
    this.#a1 = (-2 * cosine) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
  }

  process(input: Float32Array, output: Float32Array): void {
    const [b, a1, a2] = [this.#b, this.#a1, this.#a2];
    let [first, second] = [this.#first, this.#second];
    for (let n = 0; n < input.length; n++) {
      const x = b * input[n];
      const y = x + first;
      first = second - 2 * x - a1 * y;
      second = x - a2 * y;
      output[n] = y;
    }
    this.#first = Math.abs(first) < TINY ? 0 : first;
    this.#second = Math.abs(second) < TINY ? 0 : second;
  }

  reset(): void {
    this.#first = this.#second = 0;
  }
}
