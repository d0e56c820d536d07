// Everybody who takes part, and one measurement of them all: the same in Node and in a browser's worker.
import { findAdapter } from '../../gpu/device.ts';
import type { Entry, Surroundings } from './contestant.ts';
import { noiseSuppressors } from './noise-suppressor.ts';
import { onnxRuntime } from './onnx-runtime.ts';
import { ours } from './ours.ts';
import { gather, measure } from './rounds.ts';
import { rowsOf, type Row, type SkippedRow } from './rows.ts';
import { submitMap } from './submit-map.ts';

export const entries: readonly Entry[] = [...ours, submitMap, ...onnxRuntime, ...noiseSuppressors];

export interface Options {
  /** How long the rounds go on; at least one is played. */
  readonly seconds: number;
  /** Only these; all where it is empty. */
  readonly only: readonly string[];
}

/** @throws Error where `only` names what there is not. */
export async function bench(
  surroundings: Surroundings,
  { seconds, only }: Options,
): Promise<(Row | SkippedRow)[]> {
  const unknown = only.filter((name) => !entries.some(({ what }) => what === name));
  if (unknown.length > 0)
    throw new Error(
      `--only names ${unknown.join(', ')}; there are ${entries.map(({ what }) => what).join(', ')}.`,
    );
  const wanted = entries.filter(({ what }) => only.length === 0 || only.includes(what));
  const { contestants, skipped } = await gather(wanted, surroundings);
  return rowsOf(surroundings.where, await measure(contestants, seconds, surroundings.heapBytes), skipped);
}

/** For the report: the adapter's name, or why there is none. */
export async function adapterName(gpu: GPU | undefined): Promise<string> {
  try {
    return (await findAdapter(gpu)).description;
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : String(error)}`;
  }
}
