// The clue encoder: against PyTorch's goldens, and what it makes of too little.
import { describe, expect, it } from 'vitest';
import { EnrollmentError } from '../../src/shared/errors.ts';
import { encodeClue } from '../../src/worker/clue-encoder.ts';
import { difference, goldenSizes, readGolden } from './goldens.ts';
import { report as tell } from '../report.ts';
import { noise } from './seeded.ts';
import { syntheticModel, TINY } from './synthetic-model.ts';

const CLUE_TOLERANCE = 2e-5;

describe('encodeClue', () => {
  it.each(goldenSizes())('%s: equals PyTorch', async (size) => {
    const { model, get } = await readGolden(size);
    const { max, relative } = difference(encodeClue(model, get('enrollment')), get('clue'));
    tell(`${size}, clue: max ${max.toExponential(1)}, relative ${relative.toExponential(1)}`);
    expect(relative).toBeLessThan(CLUE_TOLERANCE);
  });

  it('gives a clue of unit length that does not depend on the gain, and starts anew each time', () => {
    const model = syntheticModel(TINY);
    const enrollment = noise(16000, 1, 0.3);
    const clue = encodeClue(model, enrollment);
    expect(Math.hypot(...clue)).toBeCloseTo(1, 5);
    expect(clue.every((value) => value >= 0)).toBe(true);
    expect(encodeClue(model, enrollment)).toEqual(clue);
    const quiet = encodeClue(
      model,
      enrollment.map((x) => x * 0.25),
    );
    expect(difference(quiet, clue).max).toBeLessThan(1e-3);
    expect(difference(encodeClue(model, noise(16000, 2, 0.3)), clue).max).toBeGreaterThan(1e-3);
  });

  it('refuses an enrollment without one whole hop, or with NaN', () => {
    expect(() => encodeClue(syntheticModel(TINY), new Float32Array(100))).toThrow(EnrollmentError);
    expect(() => encodeClue(syntheticModel(TINY), new Float32Array(4000).fill(NaN))).toThrow(/says nothing/);
  });
});
