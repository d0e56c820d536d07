// Small random models for the WebGPU tests, in Node and in browsers alike.
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import type { Model, ModelConfig, Tensor } from '../../src/shared/model.ts';
import { random } from '../../src/shared/random.ts';

export interface ModelSizes {
  readonly band_edges: readonly number[];
  readonly d_model: number;
  readonly width: number;
  readonly layers: number;
  readonly d_state: number;
}

/** Bands that fill no quad, a state that fills no four, one block only. */
export const UNEVEN: ModelSizes = {
  ...{ band_edges: [0, 2, 5, 11, 40, 257], d_model: 12, width: 20, layers: 1, d_state: 5 },
};

/** The size of the shipped model: 24 bands × 48, full band 128, 4 layers. */
export const REAL: ModelSizes = {
  band_edges: [
    ...[0, 2, 4, 6, 8, 10, 12, 15, 18, 22, 26, 31, 37, 44, 52, 61, 72],
    ...[84, 99, 116, 136, 159, 186, 218, 257],
  ],
  ...{ d_model: 48, width: 128, layers: 4, d_state: 8 },
};

/** `half`: every matrix holds values of f16, as in a model that was exported so. */
export function randomModel(
  sizes: ModelSizes,
  { seed = 1, half = false, clueEncoder = { d_model: 8, layers: 1 } } = {},
): Model {
  const { band_edges, d_model, width, layers, d_state } = sizes;
  const shared = { d_state, d_conv: 4, expand: 2, embedding: 256 };
  const rank = (size: number) => Math.max(2, Math.ceil(size / 16));
  const config: ModelConfig = {
    ...{ format: 'crossmamba-web', format_version: 1, name: 'random', clue: 'speaker' },
    ...{ sample_rate: 16000, frame: 512, hop: 128, synthesis: 256, band_edges },
    extractor: {
      ...{ ...shared, d_model, width, layers, clue_hidden: 16 },
      ...{ dt_rank: rank(d_model), dt_rank_wide: rank(width) },
    },
    clue_encoder: { ...shared, ...clueEncoder, dt_rank: rank(clueEncoder.d_model) },
    tensors: { file: 'model.safetensors', bytes: 1, sha256: '0'.repeat(64) },
  };
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of expectedTensors(config)) {
    const length = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length }, () => initial(name, shape, normal));
    tensors.set(name, { shape, data: half && shape.length > 1 ? data.map(roundToHalf) : data });
  }
  return { config, tensors };
}

/** Variance-preserving weights; states that forget after 3 to 300 hops; no norm or bias that could hide a mistake. */
function initial(name: string, shape: readonly number[], normal: () => number): number {
  if (name.endsWith('A_log')) return 0.5 + 0.5 * normal();
  if (name.endsWith('dt_proj.bias')) return -3 + normal();
  if (/norm\w*\.weight$/.test(name)) return 1 + 0.1 * normal();
  if (name.endsWith('weight')) return normal() / Math.sqrt(shape[1]);
  return name.endsWith('.D') ? 1 + 0.1 * normal() : 0.3 * normal();
}

/** The nearest f16 of a value below 65504, as f32. */
function roundToHalf(value: number): number {
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value) + 1e-30))) - 10);
  return Math.round(value / step) * step;
}

/** An unlikely voice: a clue [256] of unit length with positive values. */
export function randomClue(seed: number): Float32Array {
  const next = random(seed);
  const clue = Float32Array.from({ length: 256 }, () => Math.max(0, next() - 0.4));
  const length = Math.hypot(...clue);
  return clue.map((value) => value / length);
}
