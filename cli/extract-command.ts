// `crossmamba-web extract`: one mixture, one voice, one estimate.
import path from 'node:path';
import { isSound } from '../src/shared/audio-constants.ts';
import { InputError } from '../src/shared/errors.ts';
import { levelDb } from '../src/shared/metrics.ts';
import { FileExtractor, type FileExtractorOptions } from './file-extractor.ts';
import { checkWritable, readMixture, readRecording, writeEstimate } from './files.ts';
import { Progress } from './progress.ts';
import { decibels, printJson, printTable } from './report.ts';

export interface ExtractOptions extends FileExtractorOptions {
  readonly mixture: string;
  /** Takes of the voice. */
  readonly enrollment: readonly string[];
  readonly out: string;
  readonly json?: boolean;
}

export async function extractCommand(options: ExtractOptions): Promise<void> {
  refuseToOverwrite(options);
  const mixture = await readMixture(options.mixture);
  const takes = await Promise.all(options.enrollment.map(readRecording));
  await checkWritable(options.out);
  const extractor = await FileExtractor.open(options);
  const progress = new Progress(!options.json);
  try {
    const report = await extractor.enroll(takes);
    progress.start(1);
    const estimate = await extractor.extract(mixture, (share) => progress.update(share, options.mixture));
    await writeEstimate(options.out, estimate, mixture);
    progress.stop();
    const result = {
      model: extractor.modelName,
      backend: extractor.backendName,
      adaptation: extractor.adapts,
      hear_first: extractor.hearsFirst,
      real_time_factor: extractor.realTimeFactor,
      out: options.out,
      sample_rate: mixture.rateHz,
      samples: estimate.length,
      residual_db: levelDb(estimate, mixture.samples),
      non_finite_samples: mixture.samples.reduce((count, sample) => count + (isSound(sample) ? 0 : 1), 0),
      recoveries: extractor.counters.recoveries,
      enrollment: {
        takes: takes.length,
        duration_s: report.durationS,
        voiced_s: report.voicedS,
        level_dbfs: report.levelDbfs,
        clipped_share: report.clippedShare,
      },
    };
    if (options.json) printJson(result);
    else {
      printTable(
        ['estimate', 'seconds', 'Hz', 'level against mixture', 'backend', 'real-time factor'],
        [
          [
            options.out,
            (estimate.length / mixture.rateHz).toFixed(2),
            `${mixture.rateHz}`,
            decibels(result.residual_db),
            extractor.backendName,
            result.real_time_factor?.toFixed(3) ?? '–',
          ],
        ],
      );
      console.log(`\n${result.model} on ${result.backend} (${extractor.backendReason})`);
    }
  } finally {
    progress.stop();
    extractor.destroy();
  }
}

function refuseToOverwrite({ mixture, enrollment, out }: ExtractOptions): void {
  for (const input of [mixture, ...enrollment])
    if (path.resolve(input) === path.resolve(out))
      throw new InputError('would overwrite its own input', {
        where: '--out',
        got: out,
        remedy: 'Name another file.',
      });
}
