// The metrics on signals whose scores are known.
import { describe, expect, it } from 'vitest';
import { levelDb, score, siSdrDb } from '../../src/shared/metrics.ts';
import { pushedDownShare } from '../../src/shared/metrics-suppression.ts';
import { SignalSums } from '../../src/shared/metrics-sums.ts';

/** Two signals without a common part, of the same energy: a sine and a cosine of whole periods. */
const sine = Float32Array.from({ length: 16000 }, (_, n) => Math.sin((2 * Math.PI * n) / 160));
const cosine = Float32Array.from({ length: 16000 }, (_, n) => Math.cos((2 * Math.PI * n) / 160));
const RATE_HZ = 16000;
const mix = (a: number, b: number) => sine.map((s, n) => a * s + b * cosine[n]);

describe('metrics', () => {
  it('SI-SDR is the ratio of what fits the target to what does not, at any gain', () => {
    for (const gain of [1, 0.01, -3]) {
      expect(siSdrDb(mix(gain, gain), sine)).toBeCloseTo(0, 3);
      expect(siSdrDb(mix(gain, 0.1 * gain), sine)).toBeCloseTo(20, 3);
    }
    expect(siSdrDb(sine, sine)).toBeGreaterThan(100);
    expect(siSdrDb(new Float32Array(16000), sine)).toBeCloseTo(0, 3);
  });

  it('levels are ratios of rms', () => {
    expect(levelDb(mix(0.5, 0), sine)).toBeCloseTo(-6.02, 2);
    expect(Number.isFinite(levelDb(new Float32Array(9), sine))).toBe(true);
  });

  it('scores a case', () => {
    const scores = score(mix(1, 1), sine, mix(0.5, 0.05), RATE_HZ);
    expect(scores.si_sdr_mixture_db).toBeCloseTo(0, 3);
    expect(scores.si_sdri_db).toBeCloseTo(20, 3);
    expect(scores.negative_share).toBe(0);
    expect(scores.log_rms_ratio_db).toBeCloseTo(-5.98, 2);
    expect(scores.residual_db).toBeCloseTo(-8.99, 2);
    expect(scores.sir_db).toBeCloseTo(0, 3);
    expect([scores.confused_share, scores.over_suppressed_share]).toEqual([0, 0]);
    expect(score(mix(1, 1), sine, mix(0.1, 1), RATE_HZ).negative_share).toBe(1);
  });

  it('where the target never speaks only the residual applies', () => {
    const scores = score(sine, new Float32Array(16000), mix(0.1, 0), RATE_HZ);
    expect(scores.residual_db).toBeCloseTo(-20, 3);
    for (const [key, value] of Object.entries(scores)) if (key !== 'residual_db') expect(value).toBeNull();
  });

  it('a case is confused where the estimate is nearer to the rest of the mixture', () => {
    const confused = (a: number, b: number) => score(mix(1, 0.5), sine, mix(a, b), RATE_HZ).confused_share;
    expect([confused(1, 0.9), confused(0.9, 1)]).toEqual([0, 1]);
  });

  it('over-suppression is the share of the frames in which the target lost more than 10 dB', () => {
    // Ten spoken frames of 512 samples, then ten that are 40 dB lower and do not count.
    const target = Float32Array.from({ length: 20 * 512 }, (_, n) => (n < 5120 ? 1 : 0.01) * sine[n]);
    const loss = (db: number, frames: number) =>
      target.map((x, n) => (n < 512 * frames ? x * 10 ** (-db / 20) : x));
    expect(pushedDownShare(target, target, RATE_HZ)).toBe(0);
    expect(pushedDownShare(target, loss(9.9, 4), RATE_HZ)).toBe(0);
    expect(pushedDownShare(target, loss(10.1, 4), RATE_HZ)).toBeCloseTo(0.4, 9);
    expect(pushedDownShare(target, loss(60, 20), RATE_HZ)).toBe(1);
    expect(pushedDownShare(new Float32Array(5120), target, RATE_HZ)).toBeNull();
  });

  it('sums over pieces say what the whole signals say', () => {
    const [mixture, estimate] = [mix(1, 1), mix(0.5, 0.05)];
    const sums = new SignalSums();
    for (let start = 0; start < 16000; start += 1000) sums.add(mixture, sine, estimate, start, 1000);
    const whole = score(mixture, sine, estimate, RATE_HZ);
    expect(sums.samples).toBe(16000);
    expect(sums.siSdrDb).toBeCloseTo(whole.si_sdr_estimate_db!, 6);
    expect(sums.siSdriDb).toBeCloseTo(whole.si_sdri_db!, 6);
    expect(sums.levelDb).toBeCloseTo(whole.log_rms_ratio_db!, 6);
    expect(sums.residualDb).toBeCloseTo(whole.residual_db!, 6);
    expect(sums.estimateDbfs).toBeCloseTo(levelDb(estimate, new Float32Array(16000).fill(1)), 6);
    expect(sums.mixtureDbfs).toBeCloseTo(0, 6);
  });

  it('sums over silence say that nothing applies', () => {
    const nothing = new SignalSums();
    expect([nothing.siSdrDb, nothing.levelDb, nothing.residualDb, nothing.estimateDbfs]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const silence = new Float32Array(16000);
    nothing.add(silence, silence, sine, 0, 16000);
    expect([nothing.siSdrDb, nothing.siSdriDb, nothing.levelDb, nothing.residualDb]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(nothing.estimateDbfs).toBeCloseTo(-3.01, 2);
  });
});
