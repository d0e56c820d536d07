// All that depends on the clue alone: computed once when the clue is set, the same for every backend.
import { InputError, ModelFileError } from './errors.ts';
import type { Model, Tensor } from './model-types.ts';

/** K bands, d = d_model, W = width. */
export interface ClueTerms {
  /** 1 + scale · c[k], [K, d]: the bands are multiplied with it. */
  readonly scale: Float32Array;
  /** shift · c[k], [K, d]: then it is added to them. */
  readonly shift: Float32Array;
  /** One entry a block. */
  readonly blocks: readonly BlockClueTerms[];
}

export interface BlockClueTerms {
  /** clue · concat_k c[k], [W]: q = LN_query(h ⊙ fullBandQuery). */
  readonly fullBandQuery: Float32Array;
  /** clue · c[k], [K, d]: q[k] = LN_query(h[k] ⊙ bandQuery[k]). */
  readonly bandQuery: Float32Array;
}

const EPSILON = 1e-5;
/** Centre and spread of the speaker embedding's values, as in training. */
const EMBEDDING_CENTRE = 0.04;
const EMBEDDING_GAIN = 22;

/**
 * Folds an embedding into the terms of docs/model-format.md.
 * @param embedding [embedding], unit length.
 * @throws InputError where its length is not the model's or a value is not finite.
 * @throws ModelFileError where the model lacks a tensor.
 */
export function computeClueTerms(model: Model, embedding: Float32Array): ClueTerms {
  const folding = foldClue(model, embedding);
  for (;;) {
    const { done, value } = folding.next();
    if (done) return value;
  }
}

/** The same piece by piece, for who has other things to do in between. */
export function* foldClue(model: Model, embedding: Float32Array): Generator<void, ClueTerms> {
  const { embedding: size, d_model: d, layers } = model.config.extractor;
  const bands = model.config.band_edges.length - 1;
  check(embedding, size);
  const tensor = (name: string): Tensor => {
    const found = model.tensors.get(`extractor.${name}`);
    if (found === undefined)
      throw new ModelFileError('a tensor is missing', {
        where: model.config.name,
        expected: `extractor.${name}`,
      });
    return found;
  };
  const linear = (name: string, input: Float32Array, rows = 1): Float32Array =>
    applyLinear(tensor(`${name}.weight`), tensor(`${name}.bias`), input, rows);

  const centred = embedding.map((value) => (value - EMBEDDING_CENTRE) * EMBEDDING_GAIN);
  const hidden = linear('clue_hidden', centred).map((value) => value / (1 + Math.exp(-value))); // [clue_hidden]
  yield;
  const c = linear('clue_out', hidden); // [K, d]
  layerNorm(c, tensor('clue_norm.weight').data, tensor('clue_norm.bias').data, d);
  yield;
  const scale = linear('scale', c, bands).map((value) => 1 + value); // [K, d]
  const shift = linear('shift', c, bands); // [K, d]
  const blocks: BlockClueTerms[] = [];
  for (let l = 0; l < layers; l++) {
    yield;
    blocks.push({
      fullBandQuery: linear(`blocks.${l}.full_band.clue`, c), // [W]
      bandQuery: linear(`blocks.${l}.clue`, c, bands), // [K, d]
    });
  }
  return { scale, shift, blocks };
}

function check(embedding: Float32Array, size: number): void {
  if (embedding.length !== size)
    throw new InputError('the clue has the wrong length', {
      where: 'setClue',
      expected: `${size} values`,
      got: `${embedding.length}`,
      remedy: 'Compute the clue with the encoder of the same model.',
    });
  const bad = embedding.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new InputError('the clue holds a value that is not finite', {
      where: `setClue, value ${bad}`,
      expected: 'finite values',
      got: `${embedding[bad]}`,
      remedy: 'Enroll again.',
    });
}

/** weight [outputs, inputs], input [rows, inputs] -> [rows, outputs]. Four sums at a time: one would wait for itself at every addition. */
function applyLinear(weight: Tensor, bias: Tensor, input: Float32Array, rows: number): Float32Array {
  const [outputs, inputs] = weight.shape;
  const weights = weight.data;
  const inFours = inputs - (inputs % 4);
  const result = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < outputs; o++) {
      const w = o * inputs;
      const x = row * inputs;
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let i = 0; i < inFours; i += 4) {
        a += weights[w + i] * input[x + i];
        b += weights[w + i + 1] * input[x + i + 1];
        c += weights[w + i + 2] * input[x + i + 2];
        d += weights[w + i + 3] * input[x + i + 3];
      }
      for (let i = inFours; i < inputs; i++) a += weights[w + i] * input[x + i];
      result[row * outputs + o] = bias.data[o] + (a + b) + (c + d);
    }
  return result;
}

/** x [rows, width], normed in place row by row. */
function layerNorm(x: Float32Array, weight: Float32Array, bias: Float32Array, width: number): void {
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const gain = 1 / Math.sqrt(variance + EPSILON);
    for (let i = 0; i < width; i++) row[i] = (row[i] - mean) * gain * weight[i] + bias[i];
  }
}
