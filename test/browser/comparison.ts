// How the tests of the backends hold one against another: inputs, a tolerance for each precision, distances.
import { expect } from 'chai';
import type { Backend, Snapshot } from '../../src/shared/backend.ts';
import type { Model } from '../../src/shared/model.ts';
import type { Precision } from '../../wasm/weights.ts';
import { report } from '../report.ts';
import { noise } from '../unit/seeded.ts';
import { randomClue } from './gpu-model.ts';

export const SPECTRUM = 2 * 257;

/**
 * Relative to the whole tensor. f32: sums in another order, exp and softplus by other series; measured 1e-6. i16: large matrices and their
 * inputs rounded to 13 bits or more; measured 6e-4.
 */
export const TOLERANCES: Readonly<Record<Precision, { readonly output: number; readonly state: number }>> = {
  f32: { output: 1e-5, state: 1e-5 },
  i16: { output: 3e-3, state: 3e-3 },
};

/** With the model loaded and a clue set. */
export async function ready<Kind extends Backend>(backend: Kind, model: Model): Promise<Kind> {
  await backend.load(model);
  backend.setClue(randomClue(1));
  return backend;
}

/** Spectrum of hop t: noise that swells, with silence in between. */
export function voice(t: number): Float32Array {
  return noise(SPECTRUM, t, t % 97 < 10 ? 0 : 4 + 3.5 * Math.sin(t / 9));
}

/** How far apart every state is, and the running level where one is expected. */
export function states(
  got: Snapshot,
  expected: Omit<Snapshot, 'level'> & Partial<Snapshot>,
): Record<string, number> {
  const errors: Record<string, number> = {};
  if (expected.level !== undefined) errors.level = Math.abs(got.level.total / expected.level.total - 1);
  for (const kind of ['conv_state', 'ssm_state'] as const)
    got[kind].forEach((state, n) => (errors[`${kind} ${n}`] = relative(state, expected[kind][n])));
  return errors;
}

/** Root of the summed squares of the differences, against that of what was expected. NaN fails every bound. */
export function relative(got: Float32Array, expected: Float32Array): number {
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

export function check(what: string, precision: Precision, errors: Record<string, number>): void {
  const worst = Object.entries(errors).reduce((a, b) => (b[1] > a[1] ? b : a));
  report(`${what}: worst is ${worst[0]} with ${worst[1].toExponential(1)}`);
  const { output, state } = TOLERANCES[precision];
  for (const [name, error] of Object.entries(errors))
    expect(error, `${what}, ${name}`).to.be.lessThan(name.includes('_state') ? state : output);
}
