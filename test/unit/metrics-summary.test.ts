// Means, their intervals, and the ranges of SIR.
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, bySir, summarise } from '../../src/shared/metrics-summary.ts';
import { random } from '../../src/shared/random.ts';

describe('summary', () => {
  it('has the means of what applies', () => {
    const { n, means, intervals } = summarise([
      { a: 1, b: null },
      { a: 4, b: 2 },
      { a: 4, b: null },
    ]);
    expect(n).toBe(3);
    expect(means).toEqual({ a: 3, b: 2 });
    expect(intervals.b).toBeNull();
    expect(intervals.a).toEqual([1, 4]);
    expect(summarise([{ a: null }])).toEqual({ n: 1, means: { a: null }, intervals: { a: null } });
  });

  it('has an interval that is that of the normal distribution where there are many cases', () => {
    const next = random(3);
    // Uniform in 0 … 12: a deviation of 3.464, a standard error of 0.3464.
    const values = Array.from({ length: 100 }, () => 12 * next());
    const mean = values.reduce((a, b) => a + b) / 100;
    const [low, high] = bootstrapInterval(values)!;
    expect(mean - low).toBeGreaterThan(0.55);
    expect(mean - low).toBeLessThan(0.8);
    expect(high - mean).toBeGreaterThan(0.55);
    expect(high - mean).toBeLessThan(0.8);
    expect(bootstrapInterval(values)).toEqual([low, high]);
  });

  it('holds the true mean about as often as it says', () => {
    const next = random(4);
    let held = 0;
    for (let n = 0; n < 100; n++) {
      const [low, high] = bootstrapInterval(Array.from({ length: 30 }, next))!;
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(85);
  });

  it('needs two cases', () => {
    expect(bootstrapInterval([])).toBeNull();
    expect(bootstrapInterval([1])).toBeNull();
    expect(bootstrapInterval([2, 2])).toEqual([2, 2]);
  });

  it('sorts cases by how loud the target is; a bound belongs to the range above it', () => {
    const cases = [-9, -2.5, -0.1, 0, 4, 5, 99, null].map((sir_db) => ({ sir_db, gain: sir_db }));
    const buckets = bySir(cases);
    expect(buckets.map(({ from_db, to_db, n }) => [from_db, to_db, n])).toEqual([
      [null, -2.5, 1],
      [-2.5, 0, 2],
      [0, 2.5, 1],
      [2.5, 5, 1],
      [5, null, 2],
    ]);
    expect(buckets[1].means.gain).toBeCloseTo(-1.3, 9);
    expect(bySir([{ sir_db: null }])).toEqual([]);
  });
});
