// Means, their intervals, and the ranges of SIR.
import { describe, expect, it } from 'vitest';
import {
  bootstrapInterval,
  bySir,
  summarise,
  type Figures,
  type Interval,
} from '../../src/shared/metrics-summary.ts';
import { random } from '../../src/shared/random.ts';

const cases = (...figures: Figures[]) => figures.map((one) => ({ target: null, figures: one }));
const each = (values: readonly number[]) => values.map((value) => [value]);

describe('summary', () => {
  it('has the means of what applies', () => {
    const { n, people, means, intervals } = summarise(
      cases({ a: 1, b: null }, { a: 4, b: 2 }, { a: 4, b: null }),
    );
    expect([n, people]).toEqual([3, null]);
    expect(means).toEqual({ a: 3, b: 2 });
    expect(intervals.b).toBeNull();
    expect(intervals.a).toEqual([1, 4]);
    expect(summarise(cases({ a: null }))).toEqual({
      n: 1,
      people: null,
      means: { a: null },
      intervals: { a: null },
    });
  });

  it('knows as much as it has people, however many cases', () => {
    const next = random(5);
    const people = Array.from({ length: 6 }, (_, person) => ({ target: `${person}`, mean: 6 * next() }));
    const many = people.flatMap(({ target, mean }) =>
      Array.from({ length: 40 }, () => ({ target, figures: { gain: mean + 0.1 * next() } })),
    );
    const width = ([low, high]: Interval) => high - low;
    const summary = summarise(many);
    expect([summary.n, summary.people]).toEqual([240, 6]);
    const known = width(summary.intervals.gain!);
    const unknown = width(summarise(many.map((one) => ({ ...one, target: null }))).intervals.gain!);
    const six = width(bootstrapInterval(each(people.map(({ mean }) => mean)))!);
    expect(known).toBeGreaterThan(4 * unknown);
    expect(known / six).toBeCloseTo(1, 1);
    expect(summarise(many.slice(0, 40)).intervals.gain).toBeNull();
  });

  it('means over cases, not over people', () => {
    const figures = [1, 1, 1, 5].map((gain, n) => ({ target: n < 3 ? 'a' : 'b', figures: { gain } }));
    const { means, intervals } = summarise(figures);
    expect(means.gain).toBe(2);
    expect(intervals.gain).toEqual([1, 5]);
  });

  it('has an interval that is that of the normal distribution where there are many cases', () => {
    const next = random(3);
    // Uniform in 0 … 12: a deviation of 3.464, a standard error of 0.3464.
    const values = Array.from({ length: 100 }, () => 12 * next());
    const mean = values.reduce((a, b) => a + b) / 100;
    const [low, high] = bootstrapInterval(each(values))!;
    expect(mean - low).toBeGreaterThan(0.55);
    expect(mean - low).toBeLessThan(0.8);
    expect(high - mean).toBeGreaterThan(0.55);
    expect(high - mean).toBeLessThan(0.8);
    expect(bootstrapInterval(each(values))).toEqual([low, high]);
  });

  it('holds the true mean about as often as it says', () => {
    const next = random(4);
    let held = 0;
    for (let n = 0; n < 100; n++) {
      const [low, high] = bootstrapInterval(each(Array.from({ length: 30 }, next)))!;
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(85);
  });

  it('needs two people', () => {
    expect(bootstrapInterval([])).toBeNull();
    expect(bootstrapInterval([[1, 2]])).toBeNull();
    expect(bootstrapInterval([[2], [2]])).toEqual([2, 2]);
  });

  it('sorts cases by how loud the target is; a bound belongs to the range above it', () => {
    const levels = [-9, -2.5, -0.1, 0, 4, 5, 99, null];
    const buckets = bySir(cases(...levels.map((sir_db) => ({ sir_db, gain: sir_db }))));
    expect(buckets.map(({ from_db, to_db, n }) => [from_db, to_db, n])).toEqual([
      [null, -2.5, 1],
      [-2.5, 0, 2],
      [0, 2.5, 1],
      [2.5, 5, 1],
      [5, null, 2],
    ]);
    expect(buckets[1].means.gain).toBeCloseTo(-1.3, 9);
    expect(bySir(cases({ sir_db: null }))).toEqual([]);
  });
});
