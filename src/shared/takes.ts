// Several enrollments of one voice: one embedding and one report of them all.
import { InputError } from './errors.ts';
import type { EnrollmentReport } from './protocol.ts';

/** One enrollment of a voice. */
export interface ClueTake {
  /** [256], unit length. */
  readonly embedding: Float32Array;
  /** What it was like; null where that is not known. */
  readonly report: EnrollmentReport | null;
}

/** Enrollments that one voice can have: a limit for files, far above what is of use. */
export const MAX_TAKES = 20;

/**
 * The mean of embeddings, of unit length again: nearer to the voice than any one take, since what is a take's own differs from take to take.
 * @param embeddings each [n], of unit length.
 * @throws InputError where there is none, where they differ in length, or where they cancel out.
 */
export function meanEmbedding(embeddings: readonly Float32Array[]): Float32Array {
  const [first] = embeddings;
  if (first === undefined)
    throw new InputError('there is no take', { where: 'takes', expected: 'at least one', got: '0' });
  if (embeddings.length === 1) return first.slice();
  const sum = new Float64Array(first.length);
  for (const embedding of embeddings) {
    if (embedding.length !== first.length)
      throw new InputError('takes do not belong together', {
        where: 'takes',
        expected: `embeddings of ${first.length} numbers`,
        got: `${embedding.length}`,
      });
    embedding.forEach((value, i) => (sum[i] += value));
  }
  const length = Math.hypot(...sum);
  if (!(length > 0))
    throw new InputError('takes have nothing in common', {
      where: 'takes',
      expected: 'embeddings of one voice',
      got: `a mean of length ${length}`,
    });
  return Float32Array.from(sum, (value) => value / length);
}

/** All takes as one. Throws as `meanEmbedding` does. */
export function joined(takes: readonly ClueTake[]): ClueTake {
  const reports = takes.flatMap(({ report }) => report ?? []);
  return {
    embedding: meanEmbedding(takes.map(({ embedding }) => embedding)),
    report: reports.length === 0 ? null : joinedReport(reports),
  };
}

/** What the takes are like together: as long as all of them, as loud as their mean power over the voice, as noisy as the noisiest. */
export function joinedReport(reports: readonly EnrollmentReport[]): EnrollmentReport {
  if (reports.length === 1) return reports[0];
  const total = (of: (report: EnrollmentReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0);
  const durationS = total((report) => report.durationS);
  const voicedS = total((report) => report.voicedS);
  const power = total((report) => report.voicedS * 10 ** (report.levelDbfs / 10)) / voicedS;
  return {
    durationS,
    voicedS,
    levelDbfs: 10 * Math.log10(power),
    snrDb: Math.min(...reports.map(({ snrDb }) => snrDb)),
    clippedShare: total((report) => report.durationS * report.clippedShare) / durationS,
  };
}
