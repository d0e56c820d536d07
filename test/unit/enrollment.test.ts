// The check of an enrollment: what passes, and what each flaw is called.
import { describe, expect, it } from 'vitest';
import { checkEnrollment } from '../../src/shared/enrollment.ts';
import { EnrollmentError } from '../../src/shared/errors.ts';
import { noise, random } from './seeded.ts';

/** Syllables of noise with speech-like peaks: 150 ms on, 100 ms off. */
function babble(seconds: number, rateHz: number, gain = 0.1): Float32Array {
  const next = random(1);
  return Float32Array.from({ length: seconds * rateHz }, (_, n) => {
    const on = (n / rateHz) % 0.25 < 0.15;
    return on ? gain * (next() + next() + next() + next() - 2) : 0;
  });
}

describe('checkEnrollment', () => {
  it.each([8000, 16000, 44100, 48000])('measures a good one at %i Hz', (rateHz) => {
    const report = checkEnrollment(babble(6, rateHz), rateHz);
    expect(report.durationS).toBeCloseTo(6, 2);
    expect(report.voicedS).toBeGreaterThan(3.4);
    expect(report.voicedS).toBeLessThan(4.3);
    expect(report.levelDbfs).toBeGreaterThan(-28);
    expect(report.levelDbfs).toBeLessThan(-23);
    expect(report.clippedShare).toBe(0);
  });

  it('counts voice, not time', () => {
    expect(() => checkEnrollment(babble(1.5, 16000), 16000)).toThrow(
      /too short.*at least 2 s of voice, got 1.5 s/,
    );
    const pauses = new Float32Array(16000 * 20);
    pauses.set(babble(1, 16000), 16000);
    expect(() => checkEnrollment(pauses, 16000)).toThrow(/too short.*got 0.\d s of voice/);
    expect(() => checkEnrollment(new Float32Array(0), 16000)).toThrow(EnrollmentError);
  });

  it('finds silence, with a hum of the circuit or an offset too', () => {
    expect(() => checkEnrollment(new Float32Array(96000), 16000)).toThrow(/silent.*-120 dBFS.*microphone/);
    expect(() =>
      checkEnrollment(
        noise(96000, 1, 5e-4).map((x) => x + 0.2),
        16000,
      ),
    ).toThrow(/silent/);
  });

  it('finds clipping at full scale and at a lower limit, and no clipping in a tone', () => {
    const clip = (x: Float32Array, limit: number) => x.map((v) => Math.max(-limit, Math.min(limit, v)));
    const loud = babble(6, 16000, 0.45);
    expect(() => checkEnrollment(clip(loud, 1), 16000)).not.toThrow();
    for (const limit of [1, 0.5])
      expect(() =>
        checkEnrollment(
          clip(
            loud.map((v) => 4 * limit * v),
            limit,
          ),
          16000,
        ),
      ).toThrow(/is clipped.*got \d+\.\d %/);
    const tone = Float32Array.from({ length: 96000 }, (_, n) => 0.6 * Math.sin(n * 0.07));
    expect(checkEnrollment(tone, 16000).clippedShare).toBeLessThan(0.001);
  });

  it('refuses NaN, infinity and a rate of 0', () => {
    for (const bad of [NaN, Infinity]) {
      const spoiled = babble(6, 16000);
      spoiled[4711] = bad;
      expect(() => checkEnrollment(spoiled, 16000)).toThrow(/sample 4711.*finite/);
    }
    expect(() => checkEnrollment(babble(6, 16000), 0)).toThrow(/no sample rate/);
  });
});
