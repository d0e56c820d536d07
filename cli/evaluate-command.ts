// `crossmamba-web evaluate`: every case of a folder through the engine, scored against its target.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../src/shared/errors.ts';
import {
  bySir,
  summarise,
  type Scored,
  type SirBucket,
  type Summary,
} from '../src/shared/metrics-summary.ts';
import { CLIP_COLUMNS, estimateFile, evaluateClip, type CaseOptions } from './evaluate-clip.ts';
import { checkSegments, evaluateStream, SEGMENTS_FILE } from './evaluate-stream.ts';
import { FileExtractor, type FileExtractorOptions } from './file-extractor.ts';
import { checkWritable, readInput } from './files.ts';
import { parseManifest, type TestCase } from './manifest.ts';
import { Progress } from './progress.ts';
import { printJson, printSummaries } from './report.ts';
import { parseSegments, type Segment } from './segments.ts';
import { STREAM_KINDS, streamKindOf } from './streams/kinds.ts';

export interface EvaluateOptions extends FileExtractorOptions {
  readonly cases: string;
  readonly kind?: readonly string[];
  /** Enrollments that are used of a case, at most; all without it. */
  readonly takes?: number;
  readonly out?: string;
  readonly json?: boolean;
}

type ScoredCase = TestCase & Scored;

export async function evaluateCommand(options: EvaluateOptions): Promise<void> {
  const manifest = path.join(options.cases, 'manifest.csv');
  const listed = parseManifest(await readText(manifest), manifest);
  const segments = await readSegments(options.cases);
  checkKinds(listed, segments, options.cases);
  const cases = chosen(listed, options.kind, manifest);
  for (const one of cases) {
    const kind = streamKindOf(one.kind);
    if (kind !== undefined) checkSegments(one, kind, options.cases, segments);
  }
  const { out } = options;
  if (out !== undefined) for (const { id } of cases) await checkWritable(estimateFile(out, id));
  const extractor = await FileExtractor.open(options);
  const progress = new Progress(!options.json);
  try {
    progress.start(cases.length);
    const how: CaseOptions = { takes: options.takes ?? Infinity, out };
    const scored: ScoredCase[] = [];
    for (const [n, one] of cases.entries()) {
      const onProgress = (share: number) => progress.update(n + share, one.id);
      const kind = streamKindOf(one.kind);
      const figures =
        kind === undefined
          ? await evaluateClip(one, options.cases, extractor, how, onProgress)
          : await evaluateStream(one, kind, options.cases, segments, extractor, how, onProgress);
      scored.push({ ...one, figures });
    }
    progress.stop();
    if (options.json) printJson(jsonOf(extractor, scored));
    else printTables(extractor, scored);
  } finally {
    progress.stop();
    extractor.destroy();
  }
}

async function readText(file: string): Promise<string> {
  return Buffer.from(await readInput(file)).toString('utf8');
}

async function readSegments(folder: string): Promise<ReadonlyMap<string, readonly Segment[]>> {
  const file = path.join(folder, SEGMENTS_FILE);
  return existsSync(file) ? parseSegments(await readText(file), file) : new Map();
}

/** Throws InputError where segments.json names a stream that the manifest does not have, or has as something else. */
function checkKinds(
  cases: readonly TestCase[],
  segments: ReadonlyMap<string, readonly Segment[]>,
  folder: string,
): void {
  const kinds = new Map(cases.map(({ id, kind }) => [id, kind]));
  for (const id of segments.keys()) {
    const kind = kinds.get(id);
    if (kind !== undefined && streamKindOf(kind) !== undefined) continue;
    throw new InputError(
      kind === undefined ? 'names a stream that manifest.csv lacks' : 'a stream of an unknown kind',
      {
        where: `${path.join(folder, SEGMENTS_FILE)}, stream ${id}`,
        expected: `${STREAM_KINDS.map(({ name }) => name).join(', ')}, or one of these with a suffix such as ${STREAM_KINDS[0].name}-noisy`,
        got: kind ?? 'no row',
      },
    );
  }
}

/** The cases of the kinds that are asked for; all where none is. Throws InputError for a kind that no case has. */
function chosen(
  cases: readonly TestCase[],
  wanted: readonly string[] | undefined,
  where: string,
): readonly TestCase[] {
  if (wanted === undefined) return cases;
  const fits = ({ kind }: TestCase, name: string) => kind === name || streamKindOf(kind)?.name === name;
  for (const name of wanted) {
    if (cases.some((one) => fits(one, name))) continue;
    throw new InputError('no case is of this kind', {
      where: `--kind ${name}`,
      expected: [...new Set(cases.map(({ kind }) => kind))].join(', '),
      got: name,
      remedy: `The kinds are those of ${where}.`,
    });
  }
  return cases.filter((one) => wanted.some((name) => fits(one, name)));
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

function jsonOf(extractor: FileExtractor, scored: readonly ScoredCase[]): object {
  const flat = ({ n, people, means, intervals }: Summary) => ({ n, people, ...means, intervals });
  return {
    model: extractor.modelName,
    backend: extractor.backendName,
    adaptation: extractor.adapts,
    hear_first: extractor.hearsFirst,
    real_time_factor: extractor.realTimeFactor,
    kinds: Object.fromEntries(byKind(scored).map(([kind, summary]) => [kind, flat(summary)])),
    cases: scored.map(({ id, kind, target, figures }) => ({ id, kind, target, n: 1, ...figures })),
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
    `${extractor.modelName} on ${extractor.backendName} (${extractor.reason}), ${extractor.adapts ? 'the clue follows the stream' : 'the enrollment alone'}, ${factor} s of work for a second of sound`,
  );
}

function sirRange({ from_db: from, to_db: to }: SirBucket): string {
  if (from === null) return `below ${to}`;
  return to === null ? `${from} and more` : `${from} … ${to}`;
}
