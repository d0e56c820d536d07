// Many cases in few figures: means, how far they can be trusted, and how they change with the mixture.
import { random } from './random.ts';

/** Figures of one case by name; null where one does not apply. */
export type Figures = { readonly [name: string]: number | null };

/** A case with its figures. */
export interface Scored {
  /** Who is enrolled; null where that is not known: then nobody of another case. */
  readonly target: string | null;
  readonly figures: Figures;
}

/** Low and high end. */
export type Interval = readonly [number, number];

export interface Summary {
  readonly n: number;
  /** How many are enrolled in these cases; null where one of them does not say who. */
  readonly people: number | null;
  /** Means, each over the cases to which it applies. */
  readonly means: Figures;
  /** 95 % intervals of the means; null for less than two people. */
  readonly intervals: { readonly [name: string]: Interval | null };
}

/** Bootstrap resamples: enough for the second decimal. */
const RESAMPLES = 2000;
const SEED = 1;

/** Means and intervals of all figures of the first case; every case has the same. */
export function summarise(cases: readonly Scored[]): Summary {
  const values = Object.keys(cases[0]?.figures ?? {}).map((name): [string, number[][]] => [
    name,
    byPerson(cases, name),
  ]);
  return {
    n: cases.length,
    people: cases.some(({ target }) => target === null)
      ? null
      : new Set(cases.map(({ target }) => target)).size,
    means: Object.fromEntries(values.map(([name, v]) => [name, v.length === 0 ? null : mean(v.flat())])),
    intervals: Object.fromEntries(values.map(([name, v]) => [name, bootstrapInterval(v)])),
  };
}

/** A figure of all cases to which it applies, person by person. */
function byPerson(cases: readonly Scored[], name: string): number[][] {
  const people = new Map<string | Scored, number[]>();
  for (const one of cases) {
    const value = one.figures[name];
    if (value === null) continue;
    const person = one.target ?? one;
    const values = people.get(person);
    if (values === undefined) people.set(person, [value]);
    else values.push(value);
  }
  return [...people.values()];
}

/**
 * 95 % interval of the mean of all values by the percentile bootstrap over people (the cluster bootstrap: Davison & Hinkley 1997, 3.8):
 * as many people drawn again with replacement, each with all of their `values`, 2000 times. Cases of one person are no news of another, so
 * that many cases of few people do not make an interval narrow. The same values always give the same interval. null for less than two people.
 */
export function bootstrapInterval(people: readonly (readonly number[])[]): Interval | null {
  if (people.length < 2) return null;
  const next = random(SEED);
  const sums = people.map((values) => values.reduce((sum, value) => sum + value, 0));
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    let count = 0;
    for (let n = 0; n < people.length; n++) {
      const person = Math.floor(next() * people.length);
      sum += sums[person];
      count += people[person].length;
    }
    return sum / count;
  }).sort();
  return [means[Math.floor(0.025 * RESAMPLES)], means[Math.ceil(0.975 * RESAMPLES) - 1]];
}

/** Cases of one range of SIR: from `from_db` up to, but not including, `to_db`; null: without end. */
export interface SirBucket extends Summary {
  readonly from_db: number | null;
  readonly to_db: number | null;
}

const SIR_EDGES_DB = [-2.5, 0, 2.5, 5];

/** Cases by how loud their target is against the rest (`sir_db`); those without a target are left out, and so are empty ranges. */
export function bySir(cases: readonly Scored[]): SirBucket[] {
  const edges = [null, ...SIR_EDGES_DB, null];
  return edges.slice(1).flatMap((to_db, n) => {
    const from_db = edges[n];
    const inside = cases.filter(
      ({ figures: { sir_db: sir } }) =>
        sir !== null && (from_db === null || sir >= from_db) && (to_db === null || sir < to_db),
    );
    return inside.length === 0 ? [] : [{ from_db, to_db, ...summarise(inside) }];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
