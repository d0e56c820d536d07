// A plain test case: a mixture and its target, each read whole.
import path from 'node:path';
import { InputError } from '../src/shared/errors.ts';
import { score, type Scores } from '../src/shared/metrics.ts';
import { readEnrollments } from './enrollments.ts';
import type { FileExtractor } from './file-extractor.ts';
import { readMixture, readRecording, writeEstimate } from './files.ts';
import type { TestCase } from './manifest.ts';
import type { Column } from './report.ts';

/** How a case is run. */
export interface CaseOptions {
  /** Enrollments that are used of it, at most. */
  readonly takes: number;
  /** Folder that keeps the estimate. */
  readonly out?: string;
}

/** The estimate of a case that is kept. */
export function estimateFile(out: string, id: string): string {
  return path.join(out, `${id}.estimate.wav`);
}

/** The kinds of case in which the enrolled voice never speaks. */
export const ABSENT = /(^|-)absent$/;

export const CLIP_COLUMNS: readonly Column[] = [
  { title: 'SI-SDR mixture', key: 'si_sdr_mixture_db', unit: 'dB' },
  { title: 'SI-SDRi [95 %]', key: 'si_sdri_db', unit: 'dB', interval: true },
  { title: 'negative', key: 'negative_share', unit: 'share' },
  { title: 'confused', key: 'confused_share', unit: 'share' },
  { title: 'ESTOI mixture', key: 'estoi_mixture', unit: 'number' },
  { title: 'estimate', key: 'estoi_estimate', unit: 'number' },
  { title: 'over-suppressed', key: 'over_suppressed_share', unit: 'share' },
  { title: 'level / target', key: 'log_rms_ratio_db', unit: 'dB' },
  { title: 'level / mixture', key: 'residual_db', unit: 'dB' },
];

/** Throws InputError, WavError or AudioContextError where a file is missing or does not fit, EnrollmentError. */
export async function evaluateClip(
  { id, kind }: TestCase,
  folder: string,
  extractor: FileExtractor,
  options: CaseOptions,
  onProgress: (share: number) => void,
): Promise<Scores> {
  const file = (part: string) => path.join(folder, `${id}.${part}.wav`);
  const [mixture, target, takes] = await Promise.all([
    readMixture(file('mixture')),
    readRecording(file('target')),
    readEnrollments(folder, id, options.takes),
  ]);
  checkPair(
    id,
    { samples: mixture.samples.length, rateHz: mixture.rateHz },
    { samples: target.samples.length, rateHz: target.rateHz },
  );
  await extractor.enroll(takes);
  const { out } = options;
  const estimate = await extractor.extract(mixture, onProgress);
  if (out !== undefined) await writeEstimate(estimateFile(out, id), estimate, mixture);
  return score(mixture.samples, ABSENT.test(kind) ? undefined : target.samples, estimate, mixture.rateHz);
}

interface Extent {
  readonly samples: number;
  readonly rateHz: number;
}

/** Throws InputError where a target has not the rate and length of its mixture. */
export function checkPair(id: string, mixture: Extent, target: Extent): void {
  const describe = ({ samples, rateHz }: Extent) => `${samples} samples at ${rateHz} Hz`;
  if (describe(mixture) === describe(target)) return;
  throw new InputError('target and mixture do not belong together', {
    where: `case ${id}`,
    expected: describe(mixture),
    got: describe(target),
  });
}
