// Every size that the kernels and their buffers are built from. Bands go four at a time: a quad of bands is one vec4f.
import { WebGpuUnavailableError } from '../src/shared/errors.ts';
import { FEATURES_PER_BIN } from '../src/shared/features.ts';
import type { Model } from '../src/shared/model.ts';

export const BANDS_PER_QUAD = 4;

export interface Sizes {
  /** At most so many in a workgroup. */
  readonly invocations: number;
  readonly bins: number;
  readonly edges: readonly number[];
  readonly bands: number;
  readonly quads: number;
  readonly layers: number;
  readonly d_model: number;
  readonly width: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly d_inner: number;
  readonly d_inner_wide: number;
  readonly dt_rank: number;
  readonly dt_rank_wide: number;
  readonly quadShapes: readonly QuadShape[];
  /** Σ of the quads' features and masks, in vec4f. */
  readonly features: number;
  readonly masks: number;
}

/** Bands differ in width: where a quad's features and masks lie, in vec4f; the widest band of the quad decides. */
export interface QuadShape {
  readonly featureOffset: number;
  readonly features: number;
  readonly maskOffset: number;
  readonly masks: number;
}

/**
 * @throws WebGpuUnavailableError where the model has sizes that the kernels are not made for.
 */
export function sizesOf({ config }: Model, invocations: number): Sizes {
  const { d_model, width, layers, d_state, d_conv, expand, dt_rank, dt_rank_wide } = config.extractor;
  for (const [name, size] of Object.entries({ d_model, width })) {
    if (size % 4 === 0) continue;
    throw new WebGpuUnavailableError("the kernels do not fit the model's sizes", {
      where: `${config.name}, ${name}`,
      expected: 'a multiple of 4',
      got: `${size}`,
      remedy: 'Choose the wasm backend for this model.',
    });
  }
  const edges = config.band_edges;
  const bands = edges.length - 1;
  const quads = Math.ceil(bands / BANDS_PER_QUAD);
  const quadShapes: QuadShape[] = [];
  let features = 0;
  let masks = 0;
  for (let quad = 0; quad < quads; quad++) {
    const widths = bandsOf(quad, bands).map((k) => edges[k + 1] - edges[k]);
    const widest = Math.max(...widths);
    const shape = {
      featureOffset: features,
      features: FEATURES_PER_BIN * widest,
      maskOffset: masks,
      masks: 2 * widest,
    };
    quadShapes.push(shape);
    features += shape.features;
    masks += shape.masks;
  }
  return {
    ...{ bins: config.frame / 2 + 1, edges, bands, quads, layers, d_model, width, d_state, d_conv },
    ...{ d_inner: expand * d_model, d_inner_wide: expand * width, dt_rank, dt_rank_wide },
    ...{ quadShapes, features, masks, invocations },
  };
}

/** The bands of a quad: four, or fewer in the last. */
export function bandsOf(quad: number, bands: number): number[] {
  const first = quad * BANDS_PER_QUAD;
  return Array.from({ length: Math.min(BANDS_PER_QUAD, bands - first) }, (_, n) => first + n);
}

/** For every value of bins × perBin (features or masks): where it lies in the quads' order, as an index of floats. */
export function quadOrder(sizes: Sizes, perBin: number, offset: (shape: QuadShape) => number): Uint32Array {
  const { edges, bands, quadShapes } = sizes;
  const order = new Uint32Array(sizes.bins * perBin);
  quadShapes.forEach((shape, quad) =>
    bandsOf(quad, bands).forEach((k, lane) => {
      const values = (edges[k + 1] - edges[k]) * perBin;
      for (let n = 0; n < values; n++)
        order[edges[k] * perBin + n] = (offset(shape) + n) * BANDS_PER_QUAD + lane;
    }),
  );
  return order;
}
