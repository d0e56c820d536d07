// `crossmamba-web evaluate`: every case of a folder through the engine, scored against its target.
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  AudioContextError,
  EnrollmentError,
  InputError,
  WavError,
  type CrossMambaError,
} from '../src/shared/errors.ts';
import { estimateFile, evaluateClip, type CaseOptions } from './evaluate-clip.ts';
import { printEvaluation, type FailedCase, type ScoredCase } from './evaluate-report.ts';
import { checkSegments, evaluateStream, SEGMENTS_FILE } from './evaluate-stream.ts';
import { FileExtractor, type FileExtractorOptions } from './file-extractor.ts';
import { checkWritable, readInput } from './files.ts';
import { parseManifest, type TestCase } from './manifest.ts';
import { Progress } from './progress.ts';
import { parseSegments, type Segment } from './segments.ts';
import { STREAM_KINDS, streamKindOf } from './streams/kinds.ts';

/** Cases whose errors are told. */
const MOST_TOLD = 10;

export interface EvaluateOptions extends FileExtractorOptions {
  readonly cases: string;
  readonly kind?: readonly string[];
  /** Enrollments that are used of a case, at most; all without it. */
  readonly takes?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Throws for what no case can be scored with; where some could not, throws at the end, with the others' figures printed. */
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
    const failed: FailedCase[] = [];
    for (const [n, one] of cases.entries()) {
      const onProgress = (share: number) => progress.update(n + share, one.id);
      const kind = streamKindOf(one.kind);
      try {
        const figures =
          kind === undefined
            ? await evaluateClip(one, options.cases, extractor, how, onProgress)
            : await evaluateStream(one, kind, options.cases, segments, extractor, how, onProgress);
        scored.push({ ...one, figures });
      } catch (error) {
        if (!isOfCase(error)) throw error;
        failed.push({ ...one, error });
      }
    }
    progress.stop();
    if (scored.length > 0) printEvaluation(extractor, scored, failed, options.json ?? false);
    if (failed.length > 0) throw notAllScored(failed, cases.length, options.cases);
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

/** Whether an error is of the files of one case, so that the others can be scored. */
function isOfCase(error: unknown): error is CrossMambaError {
  return [InputError, WavError, AudioContextError, EnrollmentError].some((kind) => error instanceof kind);
}

function notAllScored(failed: readonly FailedCase[], cases: number, where: string): CrossMambaError {
  const [{ error }] = failed;
  if (cases === 1) return error;
  const told = failed
    .slice(0, MOST_TOLD)
    .map(({ id, error }) => `\n  ${id}: ${error.name}: ${error.message}`);
  const more = failed.length - told.length;
  if (more > 0) told.push(`\n  and ${more} more`);
  return new InputError(`${failed.length} of ${cases} cases could not be scored`, {
    where,
    remedy: `The figures are of the others.${told.join('')}`,
  });
}
