// The TypeScript reference: its parts against plain formulas, CrossMamba's semantics, and the whole against PyTorch's goldens.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/shared/errors.ts';
import { StreamingStft } from '../../src/shared/stft.ts';
import { Engine } from '../../src/worker/engine.ts';
import { CrossMambaLayer } from '../../src/worker/reference/cross-mamba-layer.ts';
import { expAll, siluAll, softplusAll } from '../../src/worker/reference/math.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { Weights } from '../../src/worker/reference/weights.ts';
import { difference, goldenSizes, readGolden } from './goldens.ts';
import { report as tell } from '../report.ts';
import { noise } from './seeded.ts';
import { syntheticClue, syntheticModel, TINY } from './synthetic-model.ts';

/** f32 weights and states, sums in f64 here and in f32 in PyTorch, over hundreds of hops. */
const GOLDEN_TOLERANCE = { relative: 2e-5, max: 2e-4 };
const LAYER_TOLERANCE = 1e-6;

describe('scalar functions', () => {
  const silu = (x: Float32Array) => siluAll(x, 0, x.length, new Float32Array(x.length));
  const softplus = (x: Float32Array) => softplusAll(x, new Float32Array(x.length));
  const all = (apply: (x: Float32Array) => void, x: Float32Array) => {
    const y = x.slice();
    apply(y);
    return y;
  };

  it('follow their definitions wherever f32 has values', () => {
    const x = Float32Array.from({ length: 12000 }, (_, n) => -87 + n * 0.0145);
    const worst = (y: Float32Array, expected: (x: number) => number) =>
      y.reduce(
        (max, value, n) => Math.max(max, Math.abs(value - expected(x[n])) / (1 + Math.abs(expected(x[n])))),
        0,
      );
    expect(worst(all(expAll, x), Math.exp)).toBeLessThan(1e-7);
    expect(worst(all(silu, x), (v) => v / (1 + Math.exp(-v)))).toBeLessThan(1e-7);
    expect(worst(all(softplus, x), (v) => Math.log1p(Math.exp(v)))).toBeLessThan(1e-7);
  });

  it('have limits, and keep NaN', () => {
    const limits = Float32Array.of(-1000, 1000, 0, NaN);
    expect(Array.from(all(expAll, limits))).toEqual([0, Infinity, 1, NaN]);
    expect(Array.from(all(silu, limits))).toEqual([-0, 1000, 0, NaN]);
    expect(Array.from(all(softplus, limits))).toEqual([0, 1000, Math.fround(Math.LN2), NaN]);
  });

  it('can take a part of an array', () => {
    const x = Float32Array.of(1, 1, 1);
    siluAll(x, 1, 1, new Float32Array(1));
    expect(Array.from(x)).toEqual([1, Math.fround(1 / (1 + Math.exp(-1))), 1]);
  });
});

const SIZES = { sequences: 3, d_model: 8, d_state: 8, d_conv: 4, expand: 2, dt_rank: 2 };
const layerWeights = () => new Weights(syntheticModel(TINY, 7), 'extractor.blocks.1.mamba');

/** CrossMamba of one sequence over all its steps, straight from the formulas. query, x [T][d_model] → [T][d_model]. */
function plainCrossMamba(weights: Weights, query: Float32Array[], x: Float32Array[]): number[][] {
  const { d_model, d_state, d_conv, dt_rank } = SIZES;
  const d_inner = 2 * d_model;
  const product = (name: string, v: ArrayLike<number>, rows: number) =>
    Array.from({ length: rows }, (_, o) =>
      Array.from(v).reduce((sum, value, i) => sum + weights.get(name)[o * v.length + i] * value, 0),
    );
  const conv = weights.get('conv');
  const h = Array.from({ length: d_inner }, () => new Array<number>(d_state).fill(0));
  const before: number[][] = [];
  return x.map((xt, t) => {
    const uz = product('in_proj.weight', xt, 2 * d_inner);
    before.push(uz.slice(0, d_inner));
    const u = Array.from({ length: d_inner }, (_, i) => {
      let sum = weights.get('conv_bias')[i];
      for (let tap = 0; tap < d_conv; tap++)
        sum += conv[tap * d_inner + i] * (before[t - (d_conv - 1) + tap]?.[i] ?? 0);
      return sum / (1 + Math.exp(-sum));
    });
    const δB = product('x_proj.weight', u, dt_rank + d_state);
    const δ = product('dt_proj.weight', δB.slice(0, dt_rank), d_inner);
    const C = product('q_proj.weight', query[t], d_state);
    const y = u.map((ui, i) => {
      const Δ = Math.log1p(Math.exp(δ[i] + weights.get('dt_proj.bias')[i]));
      let sum = weights.get('D')[i] * ui;
      for (let n = 0; n < d_state; n++) {
        const A = -Math.exp(weights.get('A_log')[n * d_inner + i]);
        h[i][n] = Math.exp(Δ * A) * h[i][n] + Δ * ui * δB[dt_rank + n];
        sum += h[i][n] * C[n];
      }
      const z = uz[d_inner + i];
      return (sum * z) / (1 + Math.exp(-z));
    });
    return product('out_proj.weight', y, d_model);
  });
}

describe('CrossMambaLayer', () => {
  const { sequences, d_model } = SIZES;
  const rows = (seed: number, hops: number) =>
    Array.from({ length: hops }, (_, t) => noise(sequences * d_model, seed + t, 1.7));

  it('equals the formulas, every sequence on its own, over 200 steps', () => {
    const layer = new CrossMambaLayer(layerWeights(), SIZES);
    const [query, x] = [rows(1000, 200), rows(5000, 200)];
    const got = x.map((xt, t) => {
      const residual = new Float32Array(sequences * d_model);
      layer.step(query[t], xt, residual);
      return residual;
    });
    for (let s = 0; s < sequences; s++) {
      const own = (list: Float32Array[]) => list.map((row) => row.subarray(s * d_model, (s + 1) * d_model));
      const expected = plainCrossMamba(layerWeights(), own(query), own(x));
      own(got).forEach((row, t) =>
        expect(difference(row, Float32Array.from(expected[t])).max).toBeLessThan(LAYER_TOLERANCE),
      );
    }
  });

  it('lets the query reach C only: states stay as they are, and the output is affine in the query', () => {
    const run = (gain: number) => {
      const layer = new CrossMambaLayer(layerWeights(), SIZES);
      const residual = new Float32Array(sequences * d_model);
      const query = rows(100, 30);
      rows(200, 30).forEach((xt, t) =>
        layer.step(
          query[t].map((q) => q * gain),
          xt,
          residual,
        ),
      );
      return { layer, residual };
    };
    const [none, one, two] = [run(0), run(1), run(2)];
    expect(one.layer.ssm_state).toEqual(none.layer.ssm_state);
    expect(one.layer.conv_state).toEqual(none.layer.conv_state);
    expect(difference(one.residual, none.residual).max).toBeGreaterThan(0.1);
    const affine = one.residual.map((value, i) => 2 * value - none.residual[i]);
    expect(difference(two.residual, affine).max).toBeLessThan(1e-5);
  });

  it('adds to the residual, and forgets on reset', () => {
    const layer = new CrossMambaLayer(layerWeights(), SIZES);
    const [q, x] = [noise(24, 1), noise(24, 2)];
    const fromZero = new Float32Array(24);
    layer.step(q, x, fromZero);
    layer.reset();
    const fromOne = new Float32Array(24).fill(1);
    layer.step(q, x, fromOne);
    expect(
      difference(
        fromOne,
        fromZero.map((value) => value + 1),
      ).max,
    ).toBeLessThan(1e-6);
  });
});

async function loaded(): Promise<ReferenceBackend> {
  const backend = new ReferenceBackend();
  await backend.load(syntheticModel(TINY));
  backend.setClue(syntheticClue(1));
  return backend;
}

/** Runs `hops` hops of seeded spectra from `seed` on; returns the last estimate. */
function drive(backend: ReferenceBackend, seed: number, hops: number): Float32Array {
  const estimate = new Float32Array(514);
  for (let t = 0; t < hops; t++) backend.step(noise(514, seed + t, 4), estimate);
  return estimate;
}

describe('ReferenceBackend', () => {
  it('goes on from a snapshot as if nothing had happened, in another instance too', async () => {
    const [a, b] = [await loaded(), await loaded()];
    drive(a, 1, 20);
    const snapshot = await a.snapshot();
    const expected = drive(a, 500, 20);
    b.restore(snapshot);
    expect(drive(b, 500, 20)).toEqual(expected);
    a.restore(snapshot);
    expect(drive(a, 500, 20)).toEqual(expected);
  });

  it('starts anew on reset and keeps the clue', async () => {
    const backend = await loaded();
    const first = drive(backend, 1, 10);
    backend.reset();
    expect(drive(backend, 1, 10)).toEqual(first);
  });

  it('takes another clue while it runs, and keeps the state', async () => {
    const backend = await loaded();
    drive(backend, 1, 10);
    const before = await backend.snapshot();
    backend.setClue(syntheticClue(2));
    expect(await backend.snapshot()).toEqual(before);
    const changed = drive(backend, 50, 1);
    backend.restore(before);
    backend.setClue(syntheticClue(1));
    expect(difference(changed, drive(backend, 50, 1)).relative).toBeGreaterThan(1e-3);
  });

  it('refuses what it cannot work with, and stays as it was', async () => {
    const backend = await loaded();
    drive(backend, 1, 5);
    const before = await backend.snapshot();
    const conv_state = before.conv_state.map((state, n) => (n === 1 ? state.slice(1) : state));
    expect(() => backend.restore({ ...before, conv_state })).toThrow(/another size/);
    expect(() => backend.setClue(new Float32Array(3))).toThrow(InputError);
    expect(await backend.snapshot()).toEqual(before);
    const fresh = new ReferenceBackend();
    expect(() => fresh.step(new Float32Array(514), new Float32Array(514))).toThrow(/no model is loaded/);
    await fresh.load(syntheticModel(TINY));
    expect(() => fresh.step(new Float32Array(514), new Float32Array(514))).toThrow(/no clue is set/);
    backend.destroy();
    expect(() => backend.reset()).toThrow(InputError);
  });
});

describe('parity with PyTorch', () => {
  it('has goldens of two sizes at least', () => expect(goldenSizes().length).toBeGreaterThanOrEqual(2));

  it.each(goldenSizes())('%s: spectrum, level, mask, estimate and both states', async (size) => {
    const { model, get } = await readGolden(size);
    const { hop, frame, extractor } = model.config;
    const hops = get('level').length;
    // The last hop is of zeros: it completes the estimate.
    const mixture = new Float32Array(hops * hop);
    mixture.set(get('mixture'));
    expect(hops).toBeGreaterThanOrEqual(200);
    const backend = new ReferenceBackend();
    await backend.load(model);
    backend.setClue(get('embedding'));
    const engine = new Engine(backend, model);
    const stft = new StreamingStft(model.config);

    const report: Record<string, ReturnType<typeof difference>> = {};
    const bins = frame / 2 + 1;
    const spectrum = new Float32Array(hops * bins * 2);
    const mask = new Float32Array(hops * bins * 2);
    const level = new Float32Array(hops);
    const estimate = new Float32Array(hops * hop);
    const states = async (when: 'half' | 'end') => {
      const snapshot = await backend.snapshot();
      for (const kind of ['conv_state', 'ssm_state'] as const)
        for (let l = 0; l < extractor.layers; l++)
          for (const [n, where] of ['full_band', 'bands'].entries())
            report[`${kind}.${when}.${l}.${where}`] = difference(
              snapshot[kind][2 * l + n],
              get(`${kind}.${when}.${l}.${where}`),
            );
    };
    for (let t = 0; t < hops; t++) {
      const input = mixture.subarray(t * hop, (t + 1) * hop);
      stft.push(input, spectrum.subarray(t * bins * 2, (t + 1) * bins * 2));
      await engine.process(input, estimate.subarray(t * hop, (t + 1) * hop));
      mask.set(backend.mask, t * bins * 2);
      const { total, weight } = (await backend.snapshot()).level;
      level[t] = Math.sqrt(total / weight);
      if (t + 1 === Math.floor(hops / 2)) await states('half');
    }
    await states('end');
    report.spectrum = difference(spectrum, get('spectrum'));
    report.level = difference(level, get('level'));
    report.mask = difference(mask, get('mask'));
    // What the engine gives at hop t is complete up to hop t − 1.
    report.estimate = difference(estimate.subarray(hop), get('estimate'));

    const worst = Object.entries(report).sort(([, a], [, b]) => b.relative - a.relative);
    for (const [name, { max, relative }] of [
      ...worst.slice(0, 3),
      ['mask', report.mask],
      ['estimate', report.estimate],
    ] as typeof worst)
      tell(
        `${size}, ${hops} hops, ${name}: max ${max.toExponential(1)}, relative ${relative.toExponential(1)}`,
      );
    for (const [name, { max, relative }] of Object.entries(report)) {
      expect(relative, `${name}, relative`).toBeLessThan(GOLDEN_TOLERANCE.relative);
      if (name !== 'spectrum') expect(max, `${name}, max`).toBeLessThan(GOLDEN_TOLERANCE.max);
    }
  });
});
