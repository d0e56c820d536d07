// What is played in the place of what is missing.
import { describe, expect, it } from 'vitest';
import { Concealment } from '../../worklet/concealment.ts';
import { noise } from './seeded.ts';

const RATE_HZ = 48_000;

/** After a second in which `share` of the mixture passed. */
function after(share: number, others: Float32Array = new Float32Array(RATE_HZ)): Concealment {
  const concealment = new Concealment(RATE_HZ);
  const mixture = noise(RATE_HZ, 1, 0.5);
  mixture.forEach((sample, n) => concealment.hear(share * sample, sample + others[n]));
  return concealment;
}

describe('Concealment', () => {
  it.each([0, 0.3, 1])('goes on with the share that passed: %f', (share) => {
    const concealment = after(share);
    for (let n = 0; n < 0.03 * RATE_HZ; n++) expect(concealment.conceal(0.4)).toBeCloseTo(0.4 * share, 6);
  });

  it('takes of two voices as much as the one that passes is of both', () => {
    const others = noise(RATE_HZ, 2, 0.5);
    expect(after(1, others).conceal(1)).toBeGreaterThan(0.3);
    expect(after(1, others).conceal(1)).toBeLessThan(0.7);
  });

  it('goes within 90 ms without a jump, and begins anew with the next estimate', () => {
    const concealment = after(1);
    let before = 1;
    for (let n = 0; n < 0.09 * RATE_HZ; n++) {
      const played = concealment.conceal(1);
      expect(played).toBeLessThanOrEqual(before);
      expect(before - played).toBeLessThan(2 / (0.06 * RATE_HZ));
      before = played;
    }
    for (let n = 0; n < 10; n++) expect(concealment.conceal(1)).toBe(0);
    concealment.hear(0.5, 0.5);
    expect(concealment.conceal(1)).toBeGreaterThan(0.9);
  });

  it('plays nothing before anything was heard, turns nothing up and turns nothing over', () => {
    expect(new Concealment(RATE_HZ).conceal(1)).toBe(0);
    expect(after(3).conceal(0.5)).toBe(0.5);
    expect(after(-1).conceal(0.5)).toBe(0);
    expect(after(0, noise(RATE_HZ, 3, 0.5)).conceal(0.5)).toBeCloseTo(0, 6);
  });

  it('takes nothing for everything after a silence', () => {
    const concealment = after(0);
    for (let n = 0; n < RATE_HZ; n++) concealment.hear(0, 0);
    expect(concealment.conceal(0.5)).toBeCloseTo(0, 6);
  });

  it('knows what passes also after a minute of silence', () => {
    const concealment = after(1);
    // Sums that decay freely are denormal after 7 s, and zero soon after.
    for (let n = 0; n < 60 * RATE_HZ; n++) concealment.hear(0, 0);
    concealment.hear(0.1, 0.1);
    expect(concealment.conceal(0.1)).toBeCloseTo(0.1, 6);
  });
});
