// What `crossmamba-web evaluate` prints: one JSON object, or a table a family of kinds.
import type { CrossMambaError } from '../src/shared/errors.ts';
import {
  bySir,
  summarise,
  type Scored,
  type SirBucket,
  type Summary,
} from '../src/shared/metrics-summary.ts';
import { CLIP_COLUMNS } from './evaluate-clip.ts';
import type { FileExtractor } from './file-extractor.ts';
import type { TestCase } from './manifest.ts';
import { printJson, printSummaries } from './report.ts';
import { STREAM_KINDS, streamKindOf } from './streams/kinds.ts';

export type ScoredCase = TestCase & Scored;

/** A case that could not be scored, and why. */
export interface FailedCase extends TestCase {
  readonly error: CrossMambaError;
}

export function printEvaluation(
  extractor: FileExtractor,
  scored: readonly ScoredCase[],
  failed: readonly FailedCase[],
  json: boolean,
): void {
  if (json) printJson(jsonOf(extractor, scored, failed));
  else printTables(extractor, scored);
}

/** Kinds in the order of their first case. */
function byKind(scored: readonly ScoredCase[]): [string, Summary][] {
  return [...new Set(scored.map(({ kind }) => kind))].map((kind) => [
    kind,
    summarise(scored.filter((one) => one.kind === kind)),
  ]);
}

function sirBuckets(scored: readonly ScoredCase[]): SirBucket[] {
  return bySir(scored.filter(({ kind }) => streamKindOf(kind) === undefined));
}

function jsonOf(
  extractor: FileExtractor,
  scored: readonly ScoredCase[],
  failed: readonly FailedCase[],
): object {
  const flat = ({ n, people, means, intervals }: Summary) => ({ n, people, ...means, intervals });
  return {
    model: extractor.modelName,
    backend: extractor.backendName,
    adaptation: extractor.adapts,
    hear_first: extractor.hearsFirst,
    real_time_factor: extractor.realTimeFactor,
    kinds: Object.fromEntries(byKind(scored).map(([kind, summary]) => [kind, flat(summary)])),
    cases: scored.map(({ id, kind, target, figures }) => ({ id, kind, target, n: 1, ...figures })),
    failed: failed.map(({ id, kind, error }) => ({ id, kind, error: `${error.name}: ${error.message}` })),
    by_sir: sirBuckets(scored).map(({ from_db, to_db, ...summary }) => ({
      from_db,
      to_db,
      ...flat(summary),
    })),
  };
}

function printTables(extractor: FileExtractor, scored: readonly ScoredCase[]): void {
  const kinds = byKind(scored);
  const clips = kinds.filter(([kind]) => streamKindOf(kind) === undefined);
  if (clips.length > 0) {
    printSummaries('kind', CLIP_COLUMNS, clips);
    console.log();
    const buckets = sirBuckets(scored).map((bucket): [string, Summary] => [sirRange(bucket), bucket]);
    if (buckets.length > 0) printSummaries('target / rest, dB', CLIP_COLUMNS, buckets);
    console.log();
  }
  for (const { name, columns } of STREAM_KINDS) {
    const mine = kinds.filter(([kind]) => streamKindOf(kind)?.name === name);
    if (mine.length === 0) continue;
    printSummaries('kind', columns, mine);
    console.log();
  }
  const factor = extractor.realTimeFactor?.toFixed(3) ?? '–';
  console.log(
    'Means over n cases, in dB; in brackets their 95 % intervals, over people where manifest.csv says who is enrolled.',
  );
  console.log(
    `${extractor.modelName} on ${extractor.backendName} (${extractor.backendReason}), ${extractor.adapts ? 'the clue follows the stream' : 'the enrollment alone'}, ${factor} s of work for a second of sound`,
  );
}

function sirRange({ from_db: from, to_db: to }: SirBucket): string {
  if (from === null) return `below ${to}`;
  return to === null ? `${from} and more` : `${from} … ${to}`;
}
