// Small random models, in memory and as files, for tests that need no trained one.
import { createHash } from 'node:crypto';
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import type { Model, ModelConfig, Tensor } from '../../src/shared/model.ts';
import { random } from '../../src/shared/random.ts';

export interface SyntheticSizes {
  readonly band_edges: readonly number[];
  readonly d_model: number;
  readonly width: number;
  readonly layers: number;
  readonly clue_encoder: { readonly d_model: number; readonly layers: number };
}

export const TINY: SyntheticSizes = {
  band_edges: [0, 2, 5, 11, 40, 257],
  d_model: 8,
  width: 12,
  layers: 2,
  clue_encoder: { d_model: 8, layers: 2 },
};

/** The size of the shipped model: 24 bands × 48, full band 128, 4 layers. */
export const REAL: SyntheticSizes = {
  band_edges: [
    ...[0, 2, 4, 6, 8, 10, 12, 15, 18, 22, 26, 31, 37, 44, 52, 61, 72],
    ...[84, 99, 116, 136, 159, 186, 218, 257],
  ],
  d_model: 48,
  width: 128,
  layers: 4,
  clue_encoder: { d_model: 128, layers: 3 },
};

const D_STATE = 8;
const dtRank = (d_model: number) => Math.max(2, Math.ceil(d_model / 16));

/** Weights that keep the variance and states that forget after 3 to 300 hops, as an untrained model starts. */
export function syntheticModel(sizes: SyntheticSizes, seed = 1): Model {
  const { d_model, width, layers, band_edges } = sizes;
  const shared = { d_state: D_STATE, d_conv: 4, expand: 2, embedding: 256 };
  const config: ModelConfig = {
    format: 'crossmamba-web',
    format_version: 1,
    name: 'synthetic',
    clue: 'speaker',
    sample_rate: 16000,
    frame: 512,
    hop: 128,
    synthesis: 256,
    band_edges,
    extractor: {
      ...{ ...shared, d_model, width, layers, clue_hidden: 16 },
      ...{ dt_rank: dtRank(d_model), dt_rank_wide: dtRank(width) },
    },
    clue_encoder: { ...shared, ...sizes.clue_encoder, dt_rank: dtRank(sizes.clue_encoder.d_model) },
    tensors: { file: 'model.safetensors', bytes: 1, sha256: '0'.repeat(64) },
  };
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of expectedTensors(config)) {
    const length = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, {
      shape,
      data: Float32Array.from({ length }, (_, n) => initial(name, shape, n, normal)),
    });
  }
  return { config, tensors };
}

function initial(name: string, shape: readonly number[], n: number, normal: () => number): number {
  if (name.endsWith('A_log')) return 0.7 * Math.log(1 + Math.floor(n / shape[1]));
  if (name.endsWith('dt_proj.bias')) return -3 + normal();
  if (/norm\w*\.weight$/.test(name)) return 1 + 0.1 * normal();
  if (name.endsWith('weight')) return normal() / Math.sqrt(shape[1]);
  return name.endsWith('.D') ? 1 : 0.3 * normal();
}

/** An unlikely voice: a clue [256] of unit length with positive values. */
export function syntheticClue(seed: number): Float32Array {
  const next = random(seed);
  const clue = Float32Array.from({ length: 256 }, () => Math.max(0, next() - 0.4));
  const length = Math.hypot(...clue);
  return clue.map((value) => value / length);
}

export interface ModelFiles {
  readonly configText: string;
  readonly bytes: Uint8Array;
}

/** A model as its two files, in f32. `change` may spoil the configuration; the digest is that of the bytes. */
export function modelFiles(
  model: Model,
  change: (config: Record<string, unknown>) => void = () => {},
): ModelFiles {
  const bytes = writeSafetensors(model.tensors);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const config = { ...model.config, tensors: { file: 'model.safetensors', bytes: bytes.length, sha256 } };
  change(config);
  return { configText: JSON.stringify(config), bytes };
}

/** Tensors as a safetensors file in f32. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const head = Buffer.from(JSON.stringify(header));
  const bytes = new Uint8Array(8 + head.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let to = 8 + head.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), to);
    to += data.byteLength;
  }
  return bytes;
}
