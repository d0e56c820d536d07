// `crossmamba-web evaluate`: every case of a folder through the engine, scored against its target.
import path from 'node:path';
import { InputError } from '../src/shared/errors.ts';
import { meanScores, score, type Scores } from '../src/shared/metrics.ts';
import { FileExtractor, type FileExtractorOptions } from './file-extractor.ts';
import { readInput, readRecording, writeEstimate, type Recording } from './files.ts';
import { parseManifest, type TestCase } from './manifest.ts';
import { Progress } from './progress.ts';
import { decibels, printJson, printTable } from './report.ts';

export interface EvaluateOptions extends FileExtractorOptions {
  readonly cases: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** The kind of case in which the enrolled voice never speaks. */
const ABSENT = 'absent';

type ScoredCase = TestCase & Scores;

export async function evaluateCommand(options: EvaluateOptions): Promise<void> {
  const manifest = path.join(options.cases, 'manifest.csv');
  const cases = parseManifest(Buffer.from(await readInput(manifest)).toString('utf8'), manifest);
  const extractor = await FileExtractor.open(options);
  const progress = new Progress(!options.json);
  try {
    progress.start(cases.length);
    const scored: ScoredCase[] = [];
    for (const [n, testCase] of cases.entries())
      scored.push(
        await evaluateCase(testCase, extractor, options, (share) => progress.update(n + share, testCase.id)),
      );
    progress.stop();
    const result = {
      model: extractor.modelName,
      backend: extractor.backendName,
      real_time_factor: extractor.realTimeFactor,
      kinds: Object.fromEntries(
        [...new Set(scored.map(({ kind }) => kind))].map((kind) => [
          kind,
          meanScores(scored.filter((one) => one.kind === kind)),
        ]),
      ),
      cases: scored,
    };
    if (options.json) printJson(result);
    else printKinds(result, extractor.reason);
  } finally {
    progress.stop();
    extractor.destroy();
  }
}

async function evaluateCase(
  { id, kind }: TestCase,
  extractor: FileExtractor,
  { cases, out }: EvaluateOptions,
  onProgress: (share: number) => void,
): Promise<ScoredCase> {
  const read = (part: string) => readRecording(path.join(cases, `${id}.${part}.wav`));
  const [mixture, target, enrollment] = await Promise.all([
    read('mixture'),
    read('target'),
    read('enrollment'),
  ]);
  checkPair(id, mixture, target);
  extractor.enroll(enrollment);
  const estimate = await extractor.extract(mixture, onProgress);
  if (out !== undefined) await writeEstimate(path.join(out, `${id}.estimate.wav`), estimate, mixture);
  return { id, kind, ...score(mixture.samples, kind === ABSENT ? undefined : target.samples, estimate) };
}

function checkPair(id: string, mixture: Recording, target: Recording): void {
  const describe = ({ samples, rateHz }: Recording) => `${samples.length} samples at ${rateHz} Hz`;
  if (describe(mixture) === describe(target)) return;
  throw new InputError('target and mixture do not belong together', {
    where: `case ${id}`,
    expected: describe(mixture),
    got: describe(target),
  });
}

function printKinds(
  result: {
    readonly model: string;
    readonly backend: string;
    readonly real_time_factor: number | null;
    readonly kinds: Readonly<Record<string, Scores>>;
  },
  reason: string,
): void {
  const share = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(0)} %`);
  printTable(
    ['kind', 'n', 'SI-SDR mixture', 'estimate', 'SI-SDRi', 'negative', 'level / target', 'level / mixture'],
    Object.entries(result.kinds).map(([kind, mean]) => [
      kind,
      `${mean.n}`,
      decibels(mean.si_sdr_mixture_db),
      decibels(mean.si_sdr_estimate_db),
      decibels(mean.si_sdri_db),
      share(mean.negative_share),
      decibels(mean.log_rms_ratio_db),
      decibels(mean.residual_db),
    ]),
  );
  const factor = result.real_time_factor?.toFixed(3) ?? '–';
  console.log(
    `\n${result.model} on ${result.backend} (${reason}), ${factor} s of work for a second of sound`,
  );
}
