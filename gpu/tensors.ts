// The model's tensors rearranged for the kernels: what neighbouring invocations read lies side by side.
import { ModelFileError } from '../src/shared/errors.ts';
import type { Model } from '../src/shared/model.ts';
import type { Packer } from './packer.ts';
import { BANDS_PER_QUAD, bandsOf, type QuadShape, type Sizes } from './sizes.ts';

/** Tensors below a prefix, by the rest of their name. */
export class Tensors {
  constructor(
    readonly model: Model,
    readonly prefix: string,
  ) {}

  in(name: string): Tensors {
    return new Tensors(this.model, `${this.prefix}.${name}`);
  }

  /** @throws ModelFileError where there is none of that name. */
  get(name: string): Float32Array {
    const full = `${this.prefix}.${name}`;
    const tensor = this.model.tensors.get(full);
    if (tensor === undefined)
      throw new ModelFileError('a tensor is missing', { where: this.model.config.name, expected: full });
    return tensor.data;
  }
}

/** Rounded up to fours. */
export function fours(values: number): number {
  return Math.ceil(values / 4);
}

/** weight [outputs, inputs] -> [inputs, outputs padded to fours]: four outputs are one vec4f. */
export function foursOfOutputs(weight: Float32Array, inputs: number): Float32Array {
  const outputs = weight.length / inputs;
  const columns = 4 * fours(outputs);
  const result = new Float32Array(inputs * columns);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) result[i * columns + o] = weight[o * inputs + i];
  return result;
}

/** down [W, K·d] -> [quad, d, band, W]; bands that the last quad lacks weigh 0. */
export function foursForDown(weight: Float32Array, sizes: Sizes): Float32Array {
  const { quads, bands, d_model: d, width } = sizes;
  const result = new Float32Array(quads * d * BANDS_PER_QUAD * width);
  for (let k = 0; k < bands; k++)
    for (let j = 0; j < d; j++) {
      const quad = Math.floor(k / BANDS_PER_QUAD);
      const at = ((quad * d + j) * BANDS_PER_QUAD + (k % BANDS_PER_QUAD)) * width;
      for (let o = 0; o < width; o++) result[at + o] = weight[o * bands * d + k * d + j];
    }
  return result;
}

/** up [K·d, W] -> [quad, W, d, band] */
export function foursForUp(weight: Float32Array, sizes: Sizes): Float32Array {
  const { quads, bands, d_model: d, width } = sizes;
  const result = new Float32Array(quads * width * d * BANDS_PER_QUAD);
  for (let k = 0; k < bands; k++)
    for (let j = 0; j < d; j++) {
      const quad = Math.floor(k / BANDS_PER_QUAD);
      for (let i = 0; i < width; i++) {
        const at = ((quad * width + i) * d + j) * BANDS_PER_QUAD;
        result[at + (k % BANDS_PER_QUAD)] = weight[(k * d + j) * width + i];
      }
    }
  return result;
}

/** A value for each band and channel [K, d] -> [quad, d, band] */
export function foursOfBands(values: Float32Array, sizes: Sizes): Float32Array {
  const { quads, bands, d_model: d } = sizes;
  const result = new Float32Array(quads * d * BANDS_PER_QUAD);
  for (let k = 0; k < bands; k++)
    for (let j = 0; j < d; j++) {
      const quad = Math.floor(k / BANDS_PER_QUAD);
      result[(quad * d + j) * BANDS_PER_QUAD + (k % BANDS_PER_QUAD)] = values[k * d + j];
    }
  return result;
}

/** split.{k} [d, features] -> per quad [feature, d, band] */
export function foursForSplit(get: (k: number) => Float32Array, sizes: Sizes): Float32Array {
  const d = sizes.d_model;
  return ragged(sizes, sizes.features * d, (result, shape, k, lane) => {
    const weight = get(k);
    const features = weight.length / d;
    for (let f = 0; f < features; f++)
      for (let j = 0; j < d; j++)
        result[((shape.featureOffset + f) * d + j) * BANDS_PER_QUAD + lane] = weight[j * features + f];
  });
}

/** mask.{k} [outputs, d] -> per quad [d, output, band] */
export function foursForMask(get: (k: number) => Float32Array, sizes: Sizes): Float32Array {
  const d = sizes.d_model;
  return ragged(sizes, sizes.masks * d, (result, shape, k, lane) => {
    const weight = get(k);
    for (let o = 0; o < weight.length / d; o++)
      for (let j = 0; j < d; j++)
        result[(shape.maskOffset * d + j * shape.masks + o) * BANDS_PER_QUAD + lane] = weight[o * d + j];
  });
}

/** mask.{k} biases [outputs] -> per quad [output, band] */
export function foursOfMaskBias(get: (k: number) => Float32Array, sizes: Sizes): Float32Array {
  return ragged(sizes, sizes.masks, (result, shape, k, lane) =>
    get(k).forEach((value, o) => (result[(shape.maskOffset + o) * BANDS_PER_QUAD + lane] = value)),
  );
}

function ragged(
  sizes: Sizes,
  length: number,
  fill: (result: Float32Array, shape: QuadShape, k: number, lane: number) => void,
): Float32Array {
  const result = new Float32Array(length * BANDS_PER_QUAD);
  sizes.quadShapes.forEach((shape, quad) =>
    bandsOf(quad, sizes.bands).forEach((k, lane) => fill(result, shape, k, lane)),
  );
  return result;
}

/** What a CrossMamba's recurrence reads beside its projections: offsets by the names of the kernels. */
export function mambaVectors(weights: Packer, mamba: Tensors, d_inner: number): Record<string, number> {
  // [d_inner, dt_rank] -> [dt_rank, d_inner]
  const dtWeight = mamba.get('dt_proj.weight');
  const dt_rank = dtWeight.length / d_inner;
  const byRank = dtWeight.map((_, n) => dtWeight[(n % d_inner) * dt_rank + Math.floor(n / d_inner)]);
  return {
    DT_WEIGHT: weights.vector(byRank),
    DT_BIAS: weights.vector(mamba.get('dt_proj.bias')),
    A: weights.vector(mamba.get('A_log').map((logarithm) => -Math.exp(logarithm))), // [d_state, d_inner]
    SKIP: weights.vector(mamba.get('D')),
  };
}
