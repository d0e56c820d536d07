// The kernels on their own: the functions' errors over their whole range, and the matrix products, in f32 and in whole numbers.
import { expect } from 'chai';
import { Arena } from '../../wasm/arena.ts';
import { instantiate, type Kernels } from '../../wasm/binary.ts';
import { padRows, panels } from '../../wasm/layout.ts';
import { Program } from '../../wasm/program.ts';
import { quantisedPanels } from '../../wasm/quantise.ts';
import { placeScratch } from '../../wasm/weights.ts';
import { report } from '../report.ts';
import { random } from '../../src/shared/random.ts';
import { noise } from '../unit/seeded.ts';
import type { Environment } from './wasm-cases.ts';

/** Largest errors, relative to the value itself and absolute. f32 resolves 6e-8 of a value. */
const FUNCTION_TOLERANCES = {
  /** As in exp(Δ·A). Where it is near 1, 1 − 2^x is as exact: a slow decay keeps its time constant. */
  exp2: { from: -125, to: 0, relative: 3e-7, absolute: 2e-7 },
  /** Far below 0 the rounding of the exponent's argument shows; there the value is next to nothing. */
  softplus: { from: -86, to: 86, relative: 1e-5, absolute: 4e-6 },
  softplusNear: { from: -10, to: 10, relative: 8e-7, absolute: 2e-6 },
  silu: { from: -86, to: 86, relative: 1e-5, absolute: 4e-6 },
  siluNear: { from: -10, to: 10, relative: 8e-7, absolute: 2e-6 },
};
const LINEAR_TOLERANCE = 1e-5;
/** Of what the magnitudes of all products sum to. */
const I16_TOLERANCE = 2e-4;

export function wasmKernelCases({
  flavour,
  describe,
  it,
}: Pick<Environment, 'flavour' | 'describe' | 'it'>): void {
  describe('functions', () => {
    it('follow their definitions within the stated errors', async () => {
      const kernels = await instantiate(flavour);
      for (const [name, measured] of Object.entries(MEASURED)) {
        const { from, to, ...allowed } = FUNCTION_TOLERANCES[name as keyof typeof FUNCTION_TOLERANCES];
        const error = largestErrors(kernels, from, to, measured);
        report(
          `${flavour}, ${name} on ${from} … ${to}: at most ${error.relative.toExponential(1)} of the value, ` +
            `${error.absolute.toExponential(1)} absolute`,
        );
        expect(error.relative, `${name}, relative`).to.be.lessThan(allowed.relative);
        expect(error.absolute, `${name}, absolute`).to.be.lessThan(allowed.absolute);
      }
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

    for (const [rows, inputs, outputs, adds] of [
      [1, 9, 75, true],
      [1, 1152, 64, false],
      [7, 48, 21, true],
    ] as const)
      it(`${rows} × ${inputs} → ${outputs}${adds ? ', added' : ''}, in whole numbers: follows the sums`, async () => {
        const x = noise(rows * inputs, 1, 3);
        const weight = noise(outputs * inputs, 2, 0.1);
        const bias = noise(outputs, 3);
        const before = noise(rows * outputs, 4);
        const got = await multiplyI16({ x, weight, bias, before, rows, inputs, outputs, adds });
        for (let row = 0; row < rows; row++)
          for (let o = 0; o < outputs; o++) {
            let sum = bias[o] + (adds ? before[row * outputs + o] : 0);
            let magnitude = 0;
            for (let i = 0; i < inputs; i++) {
              const product = weight[o * inputs + i] * x[row * inputs + i];
              sum += product;
              magnitude += Math.abs(product);
            }
            expect(got[row * outputs + o], `row ${row}, output ${o}`).to.be.closeTo(
              sum,
              I16_TOLERANCE * magnitude + LINEAR_TOLERANCE,
            );
          }
      });

    it('in whole numbers: no sum overflows, whatever the signs; zeros and NaN stay what they are', async () => {
      const [inputs, outputs] = [1152, 40];
      const sizes = { rows: 1, inputs, outputs, adds: false, bias: new Float32Array(outputs) };
      const before = new Float32Array(outputs);
      const even = new Float32Array(outputs * inputs).fill(0.7); // the largest sum that magnitudes can have
      for (const sign of [1, -1]) {
        const x = new Float32Array(inputs).fill(5 * sign);
        const got = await multiplyI16({ ...sizes, x, weight: even, before });
        for (const value of got) expect(value).to.be.closeTo(sign * 0.7 * 5 * inputs, 1);
      }
      const silent = await multiplyI16({ ...sizes, x: new Float32Array(inputs), weight: even, before });
      expect(silent.every((value) => value === 0)).to.equal(true);
      const nothing = new Float32Array(outputs * inputs);
      const x = noise(inputs, 1);
      expect(
        (await multiplyI16({ ...sizes, x, weight: nothing, before })).every((value) => value === 0),
      ).to.equal(true);
      x[1000] = NaN;
      expect((await multiplyI16({ ...sizes, x, weight: even, before })).every(Number.isNaN)).to.equal(true);
    });

    interface Product {
      readonly x: Float32Array; // [rows, inputs]
      readonly weight: Float32Array; // [outputs, inputs]
      readonly bias: Float32Array; // [outputs]
      readonly before: Float32Array; // [rows, outputs]
      readonly rows: number;
      readonly inputs: number;
      readonly outputs: number;
      readonly adds: boolean;
    }

    /** -> [rows, outputs] */
    async function multiplyI16(product: Product): Promise<Float32Array> {
      const { x, weight, bias, before, rows, inputs, outputs, adds } = product;
      const kernels = await instantiate(flavour);
      const arena = new Arena(kernels);
      const laid = quantisedPanels(weight, { inputs, outputs, bias, single: rows === 1 });
      const scratch = placeScratch(arena, rows * laid.inputs, rows);
      const input = arena.place(padRows(x, inputs));
      const output = arena.place(padRows(before, outputs));
      const program = new Program();
      program.linear({
        ...{ panels: arena.place(laid.words), inputs: laid.inputs, outputs: laid.outputs, rows, adds },
        ...{ input, inputStride: laid.inputs, output, outputStride: laid.outputs },
        quantised: { levels: laid.levels, ...scratch },
      });
      const { begin, end } = program.place(arena);
      kernels.run(begin, end);
      const got = arena.view(output, rows * laid.outputs);
      return Float32Array.from(
        { length: rows * outputs },
        (_, n) => got[Math.floor(n / outputs) * laid.outputs + (n % outputs)],
      );
    }
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

const MEASURED: Readonly<Record<keyof typeof FUNCTION_TOLERANCES, Measured>> = {
  exp2: EXP2,
  softplus: SOFTPLUS,
  softplusNear: SOFTPLUS,
  silu: SILU,
  siluNear: SILU,
};

/** Over 400 000 values spread over a range, against doubles. */
function largestErrors(
  kernels: Kernels,
  from: number,
  to: number,
  measured: Measured,
): { readonly relative: number; readonly absolute: number } {
  const next = random(1);
  const x = Float32Array.from({ length: 400_000 }, () => from + next() * (to - from));
  let [relative, absolute] = [0, 0];
  apply(kernels, measured, x).forEach((value, n) => {
    const exact = measured.exactly(x[n]);
    const error = Math.abs(value - exact);
    absolute = Math.max(absolute, error);
    relative = Math.max(relative, error / (Math.abs(exact) + 1e-37));
  });
  return { relative, absolute };
}
