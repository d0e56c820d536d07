// The tests of the WebAssembly backend: one body, run by Vitest (Node) and by @web/test-runner (Chromium), for each binary that runs there.
import { expect } from 'chai';
import type { Backend, Snapshot } from '../../src/shared/backend.ts';
import { InputError, ModelFileError } from '../../src/shared/errors.ts';
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import { parseModel, type Model } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { Arena } from '../../wasm/arena.ts';
import { instantiate, type Flavour, type Kernels } from '../../wasm/binary.ts';
import { padRows, panels } from '../../wasm/layout.ts';
import { Program } from '../../wasm/program.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { report } from '../report.ts';
import { noise, random } from '../unit/seeded.ts';
import { randomClue, randomModel, REAL, type ModelSizes } from './gpu-model.ts';

/** f32 sums in another order, exp and softplus by other series: relative to the whole tensor. Measured: 1e-6. */
const OUTPUT_TOLERANCE = 1e-5;
const STATE_TOLERANCE = 1e-5;
/** Errors late in a run against those early in it: they must not pile up. */
const DRIFT_TOLERANCE = 2;
const LINEAR_TOLERANCE = 1e-5;
/** Largest errors relative to the value itself. f32 resolves 6e-8; most of it is the rounding of the argument. */
const FUNCTION_TOLERANCES = {
  /** −125 … 0, as in exp(Δ·A). */
  exp2: 3e-7,
  /** Below 1e-37 it stays; as in Δ. */
  softplus: 1e-5,
  silu: 1e-5,
  /** Where it matters: −10 … 10. */
  softplusNear: 8e-7,
  siluNear: 8e-7,
};
const SPECTRUM = 2 * 257;

/** Sizes of which none is a multiple of the kernels' lanes. */
const ODD: ModelSizes = { band_edges: [0, 2, 5, 11, 40, 257], d_model: 7, width: 13, layers: 2, d_state: 5 };

export interface Environment {
  readonly flavour: Flavour;
  describe(name: string, body: () => void): void;
  /** A test with so much time that a busy machine does not decide. */
  it(name: string, body: () => Promise<void>): void;
  /** A file of test/golden/. */
  golden(path: string): Promise<Uint8Array>;
}

export function wasmCases({ flavour, describe, it, golden }: Environment): void {
  const loaded = async (model: Model) => ready(new WasmBackend({ flavour }), model);
  const reference = async (model: Model) => ready(new ReferenceBackend(), model);

  describe('functions', () => {
    it('follow their definitions within the stated errors', async () => {
      const kernels = await instantiate(flavour);
      const worst = (
        name: keyof typeof FUNCTION_TOLERANCES,
        from: number,
        to: number,
        measured: Measured,
      ) => {
        const error = largestError(kernels, from, to, measured);
        report(`${flavour}, ${name} on ${from} … ${to}: at most ${error.toExponential(1)} of the value`);
        expect(error, name).to.be.lessThan(FUNCTION_TOLERANCES[name]);
      };
      worst('exp2', -125, 0, EXP2);
      worst('softplus', -86, 86, SOFTPLUS);
      worst('silu', -86, 86, SILU);
      worst('softplusNear', -10, 10, SOFTPLUS);
      worst('siluNear', -10, 10, SILU);
    });

    it('have limits, and keep NaN', async () => {
      const kernels = await instantiate(flavour);
      const of = (measured: Measured, ...x: number[]) =>
        Array.from(apply(kernels, measured, Float32Array.of(...x)));
      const [zero, one, tiny, nan] = of(EXP2, 0, -1, -1e6, NaN);
      expect([zero, one]).to.deep.equal([1, 0.5]);
      expect(tiny).to.be.within(0, 1e-37);
      expect(nan).to.deep.equal(NaN);
      const plus = of(SOFTPLUS, 1000, -1000, NaN, 0);
      expect([plus[0], plus[2]]).to.deep.equal([1000, NaN]);
      expect(plus[1]).to.be.within(0, 1e-37);
      const silu = of(SILU, 1000, -1000, NaN, 0);
      expect([silu[0], silu[2], silu[3]]).to.deep.equal([1000, NaN, 0]);
      expect(silu[1]).to.be.within(-1e-30, 0);
    });
  });

  describe('linear', () => {
    for (const [rows, inputs, outputs, adds] of [
      [1, 3, 1, false],
      [1, 9, 75, true],
      [4, 48, 16, false],
      [7, 13, 21, true],
    ] as const)
      it(`${rows} × ${inputs} → ${outputs}${adds ? ', added' : ''}: equals the sums`, async () => {
        const x = noise(rows * inputs, 1);
        const weight = noise(outputs * inputs, 2);
        const bias = noise(outputs, 3);
        const before = noise(rows * outputs, 4);
        const kernels = await instantiate(flavour);
        const arena = new Arena(kernels);
        const laid = panels(weight, { inputs, outputs, bias, single: rows === 1 });
        const input = arena.place(padRows(x, inputs));
        const output = arena.place(padRows(before, outputs));
        const program = new Program();
        program.linear({
          ...{ panels: arena.place(laid.values), inputs: laid.inputs, outputs: laid.outputs, rows, adds },
          ...{ input, inputStride: laid.inputs, output, outputStride: laid.outputs },
        });
        const { begin, end } = program.place(arena);
        kernels.run(begin, end);
        const got = arena.view(output, rows * laid.outputs);
        for (let row = 0; row < rows; row++)
          for (let o = 0; o < laid.outputs; o++) {
            let sum = o < outputs ? bias[o] + (adds ? before[row * outputs + o] : 0) : 0;
            if (o < outputs)
              for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * x[row * inputs + i];
            expect(got[row * laid.outputs + o], `row ${row}, output ${o}`).to.be.closeTo(
              sum,
              LINEAR_TOLERANCE,
            );
          }
      });
  });

  describe('parity with PyTorch', () => {
    for (const size of ['tiny', 'small'])
      it(`${size}: mask and both states`, async () => {
        const text = new TextDecoder().decode(await golden(`${size}/config.json`));
        const model = await parseModel(text, await golden(`${size}/model.safetensors`));
        const tensors = readSafetensors(await golden(`${size}/golden.safetensors`), `${size}/golden`);
        const values = (name: string) => tensors.get(name)!.data;
        const backend = await loaded(model);
        backend.setClue(values('embedding'));
        check(`${flavour}, ${size}, against PyTorch`, await runGolden(backend, model, values));
        backend.destroy();
      });
  });

  describe('parity with the reference', () => {
    for (const [name, model, hops] of [
      ['odd sizes', reshaped(randomModel(ODD), { d_conv: 3, expand: 3 }), 2000],
      ['the real size', randomModel(REAL), 250],
    ] as const)
      it(`${name}: estimate and both states over ${hops} hops, without drift`, async () => {
        const [a, b] = [await loaded(model), await reference(model)];
        const part = hops / 5;
        const errors: number[] = [];
        const [got, expected] = [new Float32Array(part * SPECTRUM), new Float32Array(part * SPECTRUM)];
        for (let from = 0; from < hops; from += part) {
          for (let t = 0; t < part; t++) {
            const spectrum = voice(from + t);
            a.step(spectrum, got.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
            b.step(spectrum, expected.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
          }
          errors.push(relative(got, expected));
        }
        report(`${flavour}, ${name}, fifth by fifth: ${errors.map((e) => e.toExponential(1)).join(', ')}`);
        check(`${flavour}, ${name}, ${hops} hops`, {
          estimate: Math.max(...errors),
          ...states(await a.snapshot(), await b.snapshot()),
        });
        expect(errors.at(-1)! / errors[0], 'drift').to.be.lessThan(DRIFT_TOLERANCE);
      });
  });

  describe('state', () => {
    const model = randomModel(ODD);

    it("goes on from the reference's snapshot, and the reference from its own", async () => {
      const [a, b] = [await loaded(model), await reference(model)];
      drive(b, 1, 50);
      a.restore(await b.snapshot());
      const early = relative(drive(a, 100, 50), drive(b, 100, 50));
      b.restore(await a.snapshot());
      const late = relative(drive(b, 200, 50), drive(a, 200, 50));
      check(`${flavour}, handed over`, { estimate: early, back: late });
    });

    it('comes back from a snapshot to the bit, in another instance too', async () => {
      const [a, b] = [await loaded(model), await loaded(model)];
      drive(a, 1, 20);
      const snapshot = await a.snapshot();
      const expected = drive(a, 100, 20);
      a.restore(snapshot);
      b.restore(snapshot);
      expect(drive(a, 100, 20)).to.deep.equal(expected);
      expect(drive(b, 100, 20)).to.deep.equal(expected);
    });

    it('starts anew on reset and keeps the clue; another clue keeps the state', async () => {
      const backend = await loaded(model);
      const first = drive(backend, 1, 10);
      backend.reset();
      expect(drive(backend, 1, 10)).to.deep.equal(first);
      const before = await backend.snapshot();
      backend.setClue(randomClue(2));
      expect(await backend.snapshot()).to.deep.equal(before);
      backend.reset();
      expect(relative(drive(backend, 1, 10), first)).to.be.greaterThan(1e-3);
    });

    it('shows NaN in the estimate, and recovers by reset', async () => {
      const backend = await loaded(model);
      const first = drive(backend, 1, 10);
      const estimate = new Float32Array(SPECTRUM);
      backend.step(new Float32Array(SPECTRUM).fill(NaN), estimate);
      expect(estimate.some((value) => Number.isNaN(value))).to.equal(true);
      backend.reset();
      expect(drive(backend, 1, 10)).to.deep.equal(first);
    });
  });

  describe('misuse', () => {
    it('has named errors, and loses nothing', async () => {
      const model = randomModel(ODD);
      const backend = new WasmBackend({ flavour });
      const step = () => backend.step(voice(0), new Float32Array(SPECTRUM));
      expect(step).to.throw(InputError, /no model is loaded/);
      await backend.load(model);
      expect(step).to.throw(InputError, /no clue is set/);
      backend.setClue(randomClue(1));
      drive(backend, 1, 5);
      const before = await backend.snapshot();
      expect(() => backend.setClue(new Float32Array(3))).to.throw(InputError);
      const conv_state = before.conv_state.map((state, n) => (n === 1 ? state.slice(1) : state));
      expect(() => backend.restore({ ...before, conv_state })).to.throw(InputError, /another size/);
      expect(await backend.snapshot()).to.deep.equal(before);
      backend.destroy();
      expect(step).to.throw(InputError, /no model is loaded/);
    });

    it('names the tensor that is missing', async () => {
      const model = randomModel(ODD);
      const tensors = new Map(model.tensors);
      tensors.delete('extractor.blocks.1.mamba.D');
      const error = await new WasmBackend({ flavour })
        .load({ ...model, tensors })
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ModelFileError);
      expect((error as Error).message).to.match(/blocks\.1\.mamba\.D/);
    });
  });
}

interface Measured {
  run(kernels: Kernels, at: number, count: number, arena: Arena): void;
  exactly(x: number): number;
}

const EXP2: Measured = {
  run: (kernels, at, count) => kernels.exp2All(at, count),
  exactly: (x) => 2 ** x,
};
const SOFTPLUS: Measured = {
  run: (kernels, at, count) => kernels.softplusAll(at, count),
  exactly: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};
const SILU: Measured = {
  run(kernels, at, count, arena) {
    const program = new Program();
    program.silu(at, count);
    const { begin, end } = program.place(arena);
    kernels.run(begin, end);
  },
  exactly: (x) => x / (1 + Math.exp(-x)),
};

function apply(kernels: Kernels, measured: Measured, x: Float32Array): Float32Array {
  const arena = new Arena(kernels);
  const at = arena.place(x);
  measured.run(kernels, at, x.length, arena);
  return arena.view(at, x.length).slice();
}

/** Over 400 000 values spread over a range, relative to the exact value. */
function largestError(kernels: Kernels, from: number, to: number, measured: Measured): number {
  const next = random(1);
  const x = Float32Array.from({ length: 400_000 }, () => from + next() * (to - from));
  return apply(kernels, measured, x).reduce((most, value, n) => {
    const exact = measured.exactly(x[n]);
    return Math.max(most, Math.abs(value - exact) / (Math.abs(exact) + 1e-37));
  }, 0);
}

async function ready<Kind extends Backend>(backend: Kind, model: Model): Promise<Kind> {
  await backend.load(model);
  backend.setClue(randomClue(1));
  return backend;
}

/** The same model with other sizes inside its layers; its values are repeated. */
function reshaped(model: Model, sizes: { readonly d_conv: number; readonly expand: number }): Model {
  const config = { ...model.config, extractor: { ...model.config.extractor, ...sizes } };
  const tensors = new Map(model.tensors);
  for (const [name, shape] of expectedTensors(config)) {
    const { data } = model.tensors.get(name)!;
    const length = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, (_, n) => data[n % data.length]) });
  }
  return { config, tensors };
}

/** Spectrum of hop t: noise that swells, with silence in between. */
function voice(t: number): Float32Array {
  return noise(SPECTRUM, t, t % 97 < 10 ? 0 : 4 + 3.5 * Math.sin(t / 9));
}

/** Runs `hops` hops from seed on -> the last estimate. */
function drive(backend: WasmBackend | ReferenceBackend, seed: number, hops: number): Float32Array {
  const estimate = new Float32Array(SPECTRUM);
  for (let t = 0; t < hops; t++) backend.step(noise(SPECTRUM, seed + t, 4), estimate);
  return estimate;
}

async function runGolden(
  backend: WasmBackend,
  { config }: Model,
  values: (name: string) => Float32Array,
): Promise<Record<string, number>> {
  const spectra = values('spectrum');
  const bins = config.frame / 2 + 1;
  const hops = spectra.length / (2 * bins);
  expect(hops).to.be.at.least(200);
  const mask = new Float32Array(spectra.length);
  const estimate = new Float32Array(2 * bins);
  const errors: Record<string, number> = {};
  for (let t = 0; t < hops; t++) {
    backend.step(spectra.subarray(t * 2 * bins, (t + 1) * 2 * bins), estimate);
    mask.set(backend.mask, t * 2 * bins);
    const when = t + 1 === Math.floor(hops / 2) ? 'half' : t + 1 === hops ? 'end' : undefined;
    if (when === undefined) continue;
    const snapshot = await backend.snapshot();
    for (const kind of ['conv_state', 'ssm_state'] as const)
      for (let l = 0; l < config.extractor.layers; l++)
        for (const [n, where] of ['full_band', 'bands'].entries()) {
          const name = `${kind}.${when}.${l}.${where}`;
          errors[name] = relative(snapshot[kind][2 * l + n], values(name));
        }
  }
  return { mask: relative(mask, values('mask')), ...errors };
}

function states(got: Snapshot, expected: Snapshot): Record<string, number> {
  const errors: Record<string, number> = { level: Math.abs(got.level.total / expected.level.total - 1) };
  for (const kind of ['conv_state', 'ssm_state'] as const)
    got[kind].forEach((state, n) => (errors[`${kind} ${n}`] = relative(state, expected[kind][n])));
  return errors;
}

/** Root of the summed squares of the differences, against that of what was expected. NaN fails every bound. */
function relative(got: Float32Array, expected: Float32Array): number {
  expect(got.length).to.equal(expected.length);
  let errors = 0;
  let squares = 0;
  for (let n = 0; n < got.length; n++) {
    errors += (got[n] - expected[n]) ** 2;
    squares += expected[n] ** 2;
  }
  expect(squares, 'what is compared').to.be.greaterThan(0);
  return Math.sqrt(errors / squares);
}

function check(what: string, errors: Record<string, number>): void {
  const worst = Object.entries(errors).reduce((a, b) => (b[1] > a[1] ? b : a));
  report(`${what}: worst is ${worst[0]} with ${worst[1].toExponential(1)}`);
  for (const [name, error] of Object.entries(errors))
    expect(error, `${what}, ${name}`).to.be.lessThan(
      name.includes('_state') ? STATE_TOLERANCE : OUTPUT_TOLERANCE,
    );
}
