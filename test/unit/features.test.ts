// Running level and features against the formulas of docs/model-format.md.
import { describe, expect, it } from 'vitest';
import { computeFeatures, RunningLevel } from '../../src/shared/features.ts';
import { noise } from './seeded.ts';

const BINS = 257;

describe('features', () => {
  it('averages the power over about a second, unbiased from the first hop on', () => {
    const level = new RunningLevel(128, 16000);
    const powers: number[] = [];
    for (let t = 0; t < 50; t++) {
      const spectrum = noise(2 * BINS, t, 1 + t);
      powers.push(spectrum.reduce((sum, x) => sum + x * x, 0) / BINS + 1e-6);
      const got = level.update(spectrum);
      const weights = powers.map((_, n) => (1 - 128 / 16000) ** (t - n));
      const total = powers.reduce((sum, power, n) => sum + power * weights[n], 0);
      const expected = Math.sqrt(total / weights.reduce((a, b) => a + b));
      expect(Math.abs(got / expected - 1)).toBeLessThan(1e-9);
    }
  });

  it('has a state that can be handed on', () => {
    const a = new RunningLevel(128, 16000);
    a.update(noise(2 * BINS, 1));
    const b = new RunningLevel(128, 16000);
    b.total = a.total;
    b.weight = a.weight;
    expect(b.update(noise(2 * BINS, 2))).toBe(a.update(noise(2 * BINS, 2)));
    a.reset();
    expect([a.total, a.weight]).toEqual([0, 0]);
  });

  it('compresses, bin by bin', () => {
    const spectrum = noise(2 * BINS, 4, 3);
    const features = new Float32Array(3 * BINS);
    computeFeatures(spectrum, 0.7, features);
    for (const k of [0, 1, 100, 256]) {
      const [re, im] = [spectrum[2 * k] / 0.7, spectrum[2 * k + 1] / 0.7];
      const a = Math.hypot(re, im) + 1e-3;
      expect(features[3 * k]).toBeCloseTo(re * a ** -0.7, 5);
      expect(features[3 * k + 1]).toBeCloseTo(im * a ** -0.7, 5);
      expect(features[3 * k + 2]).toBeCloseTo(0.5 * Math.log(a) + 0.5, 5);
    }
  });

  it('does not depend on the gain of the microphone', () => {
    const spectra = Array.from({ length: 20 }, (_, t) => noise(2 * BINS, t, 10));
    const [loud, quiet] = [1, 0.01].map((gain) => {
      const level = new RunningLevel(128, 16000);
      const features = new Float32Array(3 * BINS);
      for (const s of spectra) {
        const scaled = s.map((x) => x * gain);
        computeFeatures(scaled, level.update(scaled), features);
      }
      return features;
    });
    for (let n = 0; n < loud.length; n++) expect(Math.abs(loud[n] - quiet[n])).toBeLessThan(1e-4);
  });

  it('stays finite in digital silence', () => {
    const features = new Float32Array(3 * BINS);
    const silence = new Float32Array(2 * BINS);
    computeFeatures(silence, new RunningLevel(128, 16000).update(silence), features);
    expect(features.every(Number.isFinite)).toBe(true);
  });
});
