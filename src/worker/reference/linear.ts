// Affine maps and norms over rows of a matrix.
import type { Weights } from './weights.ts';

const EPSILON = 1e-5;

/** y = W x + b for every row. */
export class Linear {
  readonly #weight: Float32Array; // [outputs, inputs]
  readonly #bias: Float32Array; // [outputs], zeros where the model has none

  constructor(
    weights: Weights,
    readonly inputs: number,
    readonly outputs: number,
  ) {
    this.#weight = weights.get('weight');
    this.#bias = weights.has('bias') ? weights.get('bias') : new Float32Array(outputs);
  }

  /** `x` [rows, inputs] from `xStart` on → `y` [rows, outputs] from `yStart` on. */
  apply(x: Float32Array, y: Float32Array, rows = 1, xStart = 0, yStart = 0): void {
    for (let row = 0; row < rows; row++)
      this.#applyRow(x, xStart + row * this.inputs, y, yStart + row * this.outputs);
  }

  /** Four outputs at a time: each input is read once for them, and their sums do not wait for each other. */
  #applyRow(x: Float32Array, xStart: number, y: Float32Array, yStart: number): void {
    const { inputs, outputs } = this;
    const weight = this.#weight;
    const bias = this.#bias;
    let o = 0;
    for (; o + 3 < outputs; o += 4) {
      const w0 = o * inputs;
      const w1 = w0 + inputs;
      const w2 = w1 + inputs;
      const w3 = w2 + inputs;
      let sum0 = bias[o];
      let sum1 = bias[o + 1];
      let sum2 = bias[o + 2];
      let sum3 = bias[o + 3];
      for (let i = 0; i < inputs; i++) {
        const value = x[xStart + i];
        sum0 += weight[w0 + i] * value;
        sum1 += weight[w1 + i] * value;
        sum2 += weight[w2 + i] * value;
        sum3 += weight[w3 + i] * value;
      }
      y[yStart + o] = sum0;
      y[yStart + o + 1] = sum1;
      y[yStart + o + 2] = sum2;
      y[yStart + o + 3] = sum3;
    }
    for (; o < outputs; o++) {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * x[xStart + i];
      y[yStart + o] = sum;
    }
  }
}

/** LayerNorm over the last axis, biased variance. */
export class LayerNorm {
  readonly #weight: Float32Array; // [width]
  readonly #bias: Float32Array; // [width]

  constructor(weights: Weights) {
    this.#weight = weights.get('weight');
    this.#bias = weights.get('bias');
  }

  /** `x` [rows, width] → `y` of the same shape, which may be `x` itself. */
  apply(x: Float32Array, y: Float32Array): void {
    const weight = this.#weight;
    const bias = this.#bias;
    const width = weight.length;
    for (let start = 0; start < x.length; start += width) {
      let mean = 0;
      for (let i = 0; i < width; i++) mean += x[start + i];
      mean /= width;
      let variance = 0;
      for (let i = 0; i < width; i++) variance += (x[start + i] - mean) * (x[start + i] - mean);
      const gain = 1 / Math.sqrt(variance / width + EPSILON);
      for (let i = 0; i < width; i++) y[start + i] = (x[start + i] - mean) * gain * weight[i] + bias[i];
    }
  }
}
