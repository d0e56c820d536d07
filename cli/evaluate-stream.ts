// A stream: a long mixture that is read piece by piece, scored as its kind says.
import path from 'node:path';
import { InputError } from '../src/shared/errors.ts';
import type { Figures } from '../src/shared/metrics-summary.ts';
import { checkPair, estimateFile, type CaseOptions } from './evaluate-clip.ts';
import { readEnrollments } from './enrollments.ts';
import type { FileExtractor } from './file-extractor.ts';
import { checkMixture } from './files.ts';
import type { TestCase } from './manifest.ts';
import { checkWithin, type Segment } from './segments.ts';
import { measure, type Listener, type StreamKind } from './streams/measure.ts';
import { WavFileWriter } from './wav-file-writer.ts';
import { WavFile } from './wav-file.ts';

export const SEGMENTS_FILE = 'segments.json';

/** Throws InputError, WavError or AudioContextError where a file is missing or does not fit, EnrollmentError. */
export async function evaluateStream(
  { id }: TestCase,
  kind: StreamKind,
  folder: string,
  segments: ReadonlyMap<string, readonly Segment[]>,
  extractor: FileExtractor,
  options: CaseOptions,
  onProgress: (share: number) => void,
): Promise<Figures> {
  const { out } = options;
  const mine = segments.get(id) ?? [];
  const where = segmentsOf(folder, id);
  const takes = await readEnrollments(folder, id, options.takes);
  const open = (part: string) => new WavFile(path.join(folder, `${id}.${part}.wav`));
  const mixture = open('mixture');
  let target: WavFile | undefined;
  try {
    checkMixture(mixture.file, mixture.samples, mixture.rateHz);
    target = open('target');
    checkPair(id, mixture, target);
    checkWithin(mine, mixture.samples, mixture.rateHz, where);
    await extractor.enroll(takes);
    const stream = { id, mixture, target, segments: mine };
    let runs = 0;
    return await kind.score(stream, async (parts, how = {}) => {
      const done = runs++;
      const progress = (share: number) => onProgress((done + share) / kind.runs);
      // The first run is over the whole stream; it is the one that is kept.
      const file =
        out === undefined || done > 0
          ? undefined
          : await WavFileWriter.create(estimateFile(out, id), {
              samples: mixture.samples,
              rateHz: mixture.rateHz,
              encoding: mixture.layout.encoding,
            });
      const listener: Listener = { onProgress: progress, write: file && ((piece) => file.write(piece)) };
      try {
        await measure(extractor, stream, parts, how, listener);
      } catch (error) {
        await file?.abandon();
        throw error;
      }
      await file?.finish();
    });
  } finally {
    mixture.close();
    target?.close();
  }
}

/** Throws InputError where segments.json does not say of a stream what its kind is scored by. */
export function checkSegments(
  { id }: TestCase,
  kind: StreamKind,
  folder: string,
  segments: ReadonlyMap<string, readonly Segment[]>,
): void {
  if (!kind.needsSegments || segments.has(id)) return;
  throw new InputError('has no segments', {
    where: segmentsOf(folder, id),
    expected: `who speaks when, for a stream of kind ${kind.name}`,
    got: segments.size === 0 ? 'no stream at all' : `streams ${[...segments.keys()].join(', ')}`,
    remedy: 'docs/evaluation.md describes the file.',
  });
}

function segmentsOf(folder: string, id: string): string {
  return `${path.join(folder, SEGMENTS_FILE)}, stream ${id}`;
}
