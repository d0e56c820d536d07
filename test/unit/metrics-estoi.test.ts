// ESTOI against what the authors' algorithm gives elsewhere, and its limits.
import { describe, expect, it } from 'vitest';
import { estoi } from '../../src/shared/metrics-estoi.ts';
import { resample } from '../../src/shared/resampling.ts';
import { noise } from './seeded.ts';

const RATE_HZ = 10_000;
/** Syllables of noise, three a second. */
const clean = noise(3 * RATE_HZ, 5).map(
  (x, n) =>
    x *
    Math.max(0, Math.sin((2 * Math.PI * 3 * n) / RATE_HZ)) ** 2 *
    (1 + Math.sin((2 * Math.PI * 400 * n) / RATE_HZ)),
);
const other = noise(3 * RATE_HZ, 6);
const noisy = (gain: number) => clean.map((x, n) => x + gain * other[n]);

describe('ESTOI', () => {
  // The same signals through the Python package pystoi 0.4.1.
  it.each([
    [0.1, 0.9417906],
    [0.4, 0.6423977],
    [1.5, 0.1842161],
  ])('of noise at a gain of %d is that of another implementation', (gain, expected) => {
    expect(estoi(clean, noisy(gain), RATE_HZ)).toBeCloseTo(expected, 4);
  });

  it('is nearly the same at another rate, and at any gain of the estimate', () => {
    const [target, estimate] = [clean, noisy(0.4)].map((x) => resample(x, RATE_HZ, 48_000));
    const expected = estoi(clean, noisy(0.4), RATE_HZ)!;
    expect(Math.abs(estoi(target, estimate, 48_000)! - expected)).toBeLessThan(0.01);
    expect(
      estoi(
        clean,
        noisy(0.4).map((x) => 0.01 * x),
        RATE_HZ,
      ),
    ).toBeCloseTo(expected, 6);
  });

  it('is 1 for the target itself and 0 for silence', () => {
    expect(estoi(clean, clean, RATE_HZ)).toBeCloseTo(1, 6);
    expect(estoi(clean, new Float32Array(clean.length), RATE_HZ)).toBeCloseTo(0, 6);
  });

  it('says nothing of less than 30 frames of speech', () => {
    expect(estoi(clean.subarray(0, 3000), clean.subarray(0, 3000), RATE_HZ)).toBeNull();
    expect(estoi(new Float32Array(30_000), clean, RATE_HZ)).toBeNull();
    expect(estoi(new Float32Array(0), new Float32Array(0), RATE_HZ)).toBeNull();
  });
});
