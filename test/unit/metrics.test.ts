// The metrics on signals whose scores are known.
import { describe, expect, it } from 'vitest';
import { levelDb, meanScores, score, siSdrDb } from '../../src/shared/metrics.ts';
import { noise } from './seeded.ts';

/** Two signals without a common part, of the same energy: a sine and a cosine of whole periods. */
const sine = Float32Array.from({ length: 16000 }, (_, n) => Math.sin((2 * Math.PI * n) / 160));
const cosine = Float32Array.from({ length: 16000 }, (_, n) => Math.cos((2 * Math.PI * n) / 160));
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
    const scores = score(mix(1, 1), sine, mix(0.5, 0.05));
    expect(scores.si_sdr_mixture_db).toBeCloseTo(0, 3);
    expect(scores.si_sdri_db).toBeCloseTo(20, 3);
    expect(scores.negative_share).toBe(0);
    expect(scores.log_rms_ratio_db).toBeCloseTo(-5.98, 2);
    expect(scores.residual_db).toBeCloseTo(-8.99, 2);
    expect(score(mix(1, 1), sine, mix(0.1, 1)).negative_share).toBe(1);
  });

  it('where the target never speaks only the residual applies', () => {
    const scores = score(sine, new Float32Array(16000), mix(0.1, 0));
    expect(scores.residual_db).toBeCloseTo(-20, 3);
    for (const [key, value] of Object.entries(scores))
      if (key !== 'n' && key !== 'residual_db') expect(value).toBeNull();
  });

  it('means leave out what does not apply', () => {
    const present = score(mix(1, 1), sine, mix(1, 0.1));
    const worse = score(mix(1, 1), sine, mix(0.1, 1));
    const absent = score(noise(16000, 1), new Float32Array(16000), sine);
    const mean = meanScores([present, worse, absent]);
    expect(mean.n).toBe(3);
    expect(mean.negative_share).toBe(0.5);
    expect(mean.si_sdri_db).toBeCloseTo((present.si_sdri_db! + worse.si_sdri_db!) / 2, 6);
    expect(meanScores([absent]).si_sdri_db).toBeNull();
  });
});
