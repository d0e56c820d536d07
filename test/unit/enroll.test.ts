// An enrollment while others wait: in slices, the same as in one go; one after the other; with WebAssembly or without.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkEnrollment } from '../../src/shared/enrollment.ts';
import { EnrollmentError } from '../../src/shared/errors.ts';
import { resample } from '../../src/shared/resampling.ts';
import { encodeClue } from '../../src/worker/clue-encoder.ts';
import { checkInSlices, encodeInSlices } from '../../src/worker/enroll.ts';
import { report } from '../report.ts';
import { syllables } from './seeded.ts';
import { syntheticModel, REAL, TINY } from './synthetic-model.ts';

/** f32 sums in another order. */
const ROUNDING = 1e-5;

afterEach(() => void vi.restoreAllMocks());

function worst(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, n) => Math.max(most, Math.abs(x - b[n])), 0);
}

describe('an enrollment in slices', () => {
  it.each([8000, 16_000, 44_100, 48_000])('gives what one go gives: %d Hz', async (rateHz) => {
    const model = syntheticModel(TINY);
    const voice = syllables(4, rateHz);
    expect(await checkInSlices(voice, rateHz)).toEqual(checkEnrollment(voice, rateHz));
    const expected = encodeClue(model, resample(voice, rateHz, 16_000));
    expect(worst(await encodeInSlices(model, voice, rateHz), expected)).toBeLessThan(ROUNDING);
  });

  it('takes one after the other, each from a fresh start, whatever became of the one before', async () => {
    const model = syntheticModel(TINY);
    const voices = [3, 4, 5].map((lengthS) => syllables(lengthS, 16_000));
    const spoilt = encodeInSlices(model, new Float32Array(16_000).fill(NaN), 16_000);
    const clues = voices.map((voice) => encodeInSlices(model, voice, 16_000));
    await expect(spoilt).rejects.toThrow(EnrollmentError);
    for (const [n, clue] of (await Promise.all(clues)).entries())
      expect(worst(clue, encodeClue(model, voices[n]))).toBeLessThan(ROUNDING);
  });

  it('runs on the reference where there is no WebAssembly', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const model = syntheticModel(TINY);
    const voice = syllables(3, 16_000);
    expect(await encodeInSlices(model, voice, 16_000)).toEqual(encodeClue(model, voice));
  });

  it('refuses what the check refuses, in the same words', async () => {
    for (const bad of [
      new Float32Array(48_000),
      syllables(0.5, 16_000),
      new Float32Array(48_000).fill(NaN),
    ]) {
      let words = '';
      try {
        checkEnrollment(bad, 16_000);
      } catch (error) {
        words = (error as Error).message;
      }
      expect(words).not.toBe('');
      await expect(checkInSlices(bad, 16_000)).rejects.toThrow(words);
    }
  });

  it('lets others in all along', async () => {
    const model = syntheticModel(REAL);
    const voice = syllables(8, 48_000);
    await encodeInSlices(model, voice, 48_000);
    let running = true;
    const gapsMs: number[] = [];
    let lastMs = performance.now();
    const others = () => {
      gapsMs.push(performance.now() - lastMs);
      lastMs = performance.now();
      if (running) setImmediate(others);
    };
    setImmediate(others);
    const beganMs = performance.now();
    await checkInSlices(voice, 48_000);
    await encodeInSlices(model, voice, 48_000);
    running = false;
    const tookMs = performance.now() - beganMs;
    gapsMs.sort((a, b) => a - b);
    const gap = (share: number) => gapsMs[Math.floor(share * (gapsMs.length - 1))].toFixed(1);
    report(
      `8 s enrolled in ${tookMs.toFixed(0)} ms; others waited p50 ${gap(0.5)}, p99 ${gap(0.99)}, at most ${gap(1)} ms`,
    );
    // Turns of the event loop, not milliseconds, which a busy machine decides.
    expect(gapsMs.length).toBeGreaterThan(10);
  });
});
