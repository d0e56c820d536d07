// Many cases in few figures: means, how far they can be trusted, and how they change with the mixture.
import { random } from './random.ts';

/** Figures of one case by name; null where one does not apply. */
export type Figures = { readonly [name: string]: number | null };

/** Low and high end. */
export type Interval = readonly [number, number];

export interface Summary {
  readonly n: number;
  /** Means, each over the cases to which it applies. */
  readonly means: Figures;
  /** 95 % intervals of the means; null for less than two cases. */
  readonly intervals: { readonly [name: string]: Interval | null };
}

/** Bootstrap resamples: enough for the second decimal. */
const RESAMPLES = 2000;
const SEED = 1;

/** Means and intervals of all figures of the first case; every case has the same. */
export function summarise(cases: readonly Figures[]): Summary {
  const values = Object.keys(cases[0] ?? {}).map((name): [string, number[]] => [
    name,
    cases.map((one) => one[name]).filter((value) => value !== null),
  ]);
  return {
    n: cases.length,
    means: Object.fromEntries(values.map(([name, v]) => [name, v.length === 0 ? null : mean(v)])),
    intervals: Object.fromEntries(values.map(([name, v]) => [name, bootstrapInterval(v)])),
  };
}

/**
 * 95 % interval of the mean of `values` by the percentile bootstrap: the cases drawn again with replacement, 2000 times. The same
 * values always give the same interval. null for less than two.
 */
export function bootstrapInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null;
  const next = random(SEED);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let n = 0; n < values.length; n++) sum += values[Math.floor(next() * values.length)];
    return sum / values.length;
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
export function bySir(cases: readonly Figures[]): SirBucket[] {
  const edges = [null, ...SIR_EDGES_DB, null];
  return edges.slice(1).flatMap((to_db, n) => {
    const from_db = edges[n];
    const inside = cases.filter(
      ({ sir_db: sir }) =>
        sir !== null && (from_db === null || sir >= from_db) && (to_db === null || sir < to_db),
    );
    return inside.length === 0 ? [] : [{ from_db, to_db, ...summarise(inside) }];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
