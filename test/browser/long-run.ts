// A long run at the shipped model's size: any backend against the reference, whose run is computed once and serves them all.
import type { Backend, Snapshot } from '../../src/shared/backend.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { report } from '../report.ts';
import { ready, relative, SPECTRUM, states, voice } from './comparison.ts';
import { randomModel, REAL } from './gpu-model.ts';

export const DRIFT_HOPS = 1000;
/** Hops at the start and at the end whose errors are compared. */
const PART = 100;
/** Errors late in a run against those early in it: they must not pile up. */
export const DRIFT_TOLERANCE = 2;

interface Run {
  readonly first: Float32Array; // [PART, bins, 2]
  readonly last: Float32Array; // [PART, bins, 2]
  readonly snapshot: Snapshot;
}

const references = new Map<string, Promise<Run>>();

export interface Drift {
  /** Of the estimate's first and last hops and of every state at the end; relative. */
  readonly errors: Record<string, number>;
  /** Error of the last hops against that of the first. */
  readonly growth: number;
}

/** `backend` has `randomModel(REAL, { half })` and randomClue(1); at least 200 hops. */
export async function drift(what: string, backend: Backend, hops: number, half = false): Promise<Drift> {
  const key = `${hops} ${half}`;
  const reference = async () => run(await ready(new ReferenceBackend(), randomModel(REAL, { half })), hops);
  if (!references.has(key)) references.set(key, reference());
  const [expected, got] = [await references.get(key)!, await run(backend, hops)];
  const first = relative(got.first, expected.first);
  const last = relative(got.last, expected.last);
  report(
    `${what}: the first ${PART} of ${hops} hops differ by ${first.toExponential(1)}, the last by ${last.toExponential(1)}`,
  );
  return { errors: { first, last, ...states(got.snapshot, expected.snapshot) }, growth: last / first };
}

async function run(backend: Backend, hops: number): Promise<Run> {
  const [first, last] = [new Float32Array(PART * SPECTRUM), new Float32Array(PART * SPECTRUM)];
  const between = new Float32Array(SPECTRUM);
  const place = (values: Float32Array, t: number) => values.subarray(t * SPECTRUM, (t + 1) * SPECTRUM);
  for (let t = 0; t < hops; t++) {
    const into = t < PART ? place(first, t) : t >= hops - PART ? place(last, t - hops + PART) : between;
    await backend.step(voice(t), into);
  }
  return { first, last, snapshot: await backend.snapshot() };
}
