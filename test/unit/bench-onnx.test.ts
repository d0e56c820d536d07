// What the bench hands to ONNX Runtime Web computes what it claims to: the same as the reference, or plain attention.
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { remember } from '../../bench/onnx/attention-cache.ts';
import { attentionMixing, attentionWeights, cacheShapes } from '../../bench/onnx/attention-mixing.ts';
import { hopFile } from '../../bench/onnx/extractor.ts';
import { feedsOnly } from '../../bench/onnx/feeds-only.ts';
import { GraphBuilder } from '../../bench/onnx/graph.ts';
import { Layers } from '../../bench/onnx/layers.ts';
import { mambaMixing, sizesAt } from '../../bench/onnx/mamba-mixing.ts';
import { OnnxStep } from '../../bench/onnx/step.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { difference } from './goldens.ts';
import { random } from '../../src/shared/random.ts';
import { syntheticModel, TINY } from './synthetic-model.ts';

const HOPS = 200;
const BINS = 257;
const model = syntheticModel(TINY);
ort.env.wasm.numThreads = 1;

describe('the ONNX file of a hop', () => {
  it.each([
    ['', Infinity],
    [', with operators of few tensors', 4],
  ])(`agrees with the reference over ${HOPS} hops, in output and state%s`, async (_, widest) => {
    const onnx = await OnnxStep.create(ort, 'wasm', hopFile(model, mambaMixing(model), widest), model);
    const reference = new ReferenceBackend();
    await reference.load(model);
    const next = random(3);
    const embedding = Float32Array.from({ length: 256 }, () => next() / 16);
    reference.setClue(embedding);
    onnx.setClue(embedding);
    const [spectrum, estimate, expected] = [0, 0, 0].map(() => new Float32Array(2 * BINS));
    for (let hop = 0; hop < HOPS; hop++) {
      spectrum.forEach((_, n) => (spectrum[n] = next() - 0.5));
      reference.step(spectrum, expected);
      await onnx.step(spectrum, estimate);
      expect(difference(estimate, expected).relative).toBeLessThan(1e-5);
    }
    const { conv_state, ssm_state } = await reference.snapshot();
    for (const place of ['full_band', 'bands'] as const) {
      const { sequences: S, d_model, d_state, d_conv } = sizesAt(model, place);
      const i = 2 * d_model;
      for (let l = 0; l < TINY.layers; l++) {
        const at = 2 * l + (place === 'bands' ? 1 : 0);
        const part = (name: string, size: number) => onnx.output(name).subarray(l * size, (l + 1) * size);
        // The file keeps [d_conv − 1, S, i] and [S, d_state, i]; a snapshot [S, i, d_conv − 1] and [S, i, d_state].
        const conv = permuted(part(`next_conv.${place}`, (d_conv - 1) * S * i), d_conv - 1, S * i);
        expect(difference(conv, conv_state[at]).relative).toBeLessThan(1e-5);
        const ssm = part(`next_ssm.${place}`, S * d_state * i);
        for (let s = 0; s < S; s++) {
          const one = (values: Float32Array) => values.subarray(s * d_state * i, (s + 1) * d_state * i);
          expect(difference(permuted(one(ssm), d_state, i), one(ssm_state[at])).relative).toBeLessThan(1e-5);
        }
      }
    }
    await onnx.destroy();
  });

  it('with attention runs hop after hop, and its outputs stay finite', async () => {
    const context = 5;
    const file = hopFile(model, attentionMixing(model, context));
    const onnx = await OnnxStep.create(ort, 'wasm', file, model);
    onnx.setClue(new Float32Array(256).fill(1 / 16));
    const next = random(4);
    const spectrum = Float32Array.from({ length: 2 * BINS }, () => next() - 0.5);
    const estimate = new Float32Array(2 * BINS);
    const seen = [];
    for (let hop = 0; hop < 4 * context; hop++) {
      await onnx.step(spectrum, estimate);
      expect(estimate.every(Number.isFinite)).toBe(true);
      seen.push(estimate.slice());
    }
    // The same spectrum again and again: once every ring is full of the same, nothing changes any more.
    expect(difference(seen.at(-1)!, seen.at(-2)!).relative).toBeLessThan(1e-4);
    expect(difference(seen[1], seen[0]).relative).toBeGreaterThan(1e-4);
    await onnx.destroy();
  });

  it('has a twin that takes and gives the same and computes nothing', async () => {
    const file = hopFile(model, mambaMixing(model));
    const twin = feedsOnly(file);
    expect(twin.inputs).toEqual(file.inputs);
    expect(twin.outputs).toEqual(file.outputs);
    const onnx = await OnnxStep.create(ort, 'wasm', twin, model);
    onnx.setClue(new Float32Array(256).fill(1 / 16));
    const estimate = new Float32Array(2 * BINS).fill(1);
    await onnx.step(new Float32Array(2 * BINS).fill(1), estimate);
    expect(estimate.every((value) => value === 0)).toBe(true);
    await onnx.destroy();
  });
});

describe('the attention layer', () => {
  it('is softmax attention over the newest hops', async () => {
    const context = 4;
    const { sequences: S, d_model: d } = sizesAt(model, 'bands');
    const graph = new GraphBuilder();
    const mixing = attentionMixing(model, context);
    const layers = new Layers(graph, model);
    mixing.begin(layers);
    const inputs = [graph.input('query', [S, d]), graph.input('x', [S, d])] as const;
    graph.output('out', mixing.step(layers, 0, 'bands', ...inputs), [S, d]);
    const session = await ort.InferenceSession.create(graph.file('attention').bytes);
    const shapes = cacheShapes(model, 'bands', context);
    const cache = {
      keys: new Float32Array(S * d * (context - 1)),
      values: new Float32Array(S * d * (context - 1)),
      sizes: [S, d, context - 1] as const,
    };
    const weights = attentionWeights(d, 2); // of block 0, bands
    const next = random(5);
    const past: { key: Float32Array; value: Float32Array }[] = [];
    for (let hop = 0; hop < 3 * context; hop++) {
      const [query, x] = [0, 0].map(() => Float32Array.from({ length: S * d }, () => 2 * next() - 1));
      const tensor = (data: Float32Array, shape: readonly number[]) => new ort.Tensor('float32', data, shape);
      const { out } = await session.run({
        query: tensor(query, [S, d]),
        x: tensor(x, [S, d]),
        'keys.0.bands': tensor(cache.keys, shapes.keys),
        'values.0.bands': tensor(cache.values, shapes.values),
      });
      const projected = product(x, weights.keyValue, d);
      const half = (offset: number) =>
        Float32Array.from(
          { length: S * d },
          (_, n) => projected[Math.floor(n / d) * 2 * d + offset + (n % d)],
        );
      const newest = { key: half(0), value: half(d) };
      past.push(newest);
      const held = [...past.slice(-context)];
      while (held.length < context)
        held.unshift({ key: new Float32Array(S * d), value: new Float32Array(S * d) });
      const expected = product(attend(product(query, weights.query, d), held, S, d), weights.out, d);
      expect(difference(out.data as Float32Array, expected).relative).toBeLessThan(1e-5);
      remember(cache, hop % (context - 1), newest.key, newest.value);
    }
    await session.release();
  });
});

/** [rows, columns] → [columns, rows] */
function permuted(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return matrix.map((_, n) => matrix[(n % rows) * columns + Math.floor(n / rows)]);
}

/** x [S, d] by weight [d, outputs] → [S, outputs] */
function product(x: Float32Array, weight: Float32Array, d: number): Float32Array {
  const outputs = weight.length / d;
  return Float32Array.from({ length: (x.length / d) * outputs }, (_, n) => {
    const row = Math.floor(n / outputs);
    let sum = 0;
    for (let i = 0; i < d; i++) sum += x[row * d + i] * weight[i * outputs + (n % outputs)];
    return sum;
  });
}

/** q [S, d] over what is held → [S, d] */
function attend(
  q: Float32Array,
  held: readonly { key: Float32Array; value: Float32Array }[],
  S: number,
  d: number,
): Float32Array {
  const mixed = new Float32Array(S * d);
  for (let s = 0; s < S; s++) {
    const row = (values: Float32Array) => values.subarray(s * d, (s + 1) * d);
    const scores = held.map(({ key }) =>
      Math.exp(row(q).reduce((sum, value, n) => sum + value * row(key)[n], 0)),
    );
    const total = scores.reduce((a, b) => a + b);
    held.forEach(({ value }, n) => {
      for (let i = 0; i < d; i++) mixed[s * d + i] += (scores[n] / total) * value[s * d + i];
    });
  }
  return mixed;
}
