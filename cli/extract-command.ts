// `crossmamba-web extract`: one mixture, one voice, one estimate.
import path from 'node:path';
import { isSound } from '../src/shared/audio-constants.ts';
import { InputError } from '../src/shared/errors.ts';
import { ratioDb } from '../src/shared/decibels.ts';
import { energy } from '../src/shared/metrics.ts';
import { FileExtractor, type FileExtractorOptions } from './file-extractor.ts';
import { checkMixture, checkWritable, readRecording } from './files.ts';
import { Progress } from './progress.ts';
import { decibels, printJson, printTable } from './report.ts';
import { WavFileWriter } from './wav-file-writer.ts';
import { WavFile } from './wav-file.ts';

export interface ExtractOptions extends FileExtractorOptions {
  readonly mixture: string;
  /** Takes of the voice. */
  readonly enrollment: readonly string[];
  readonly out: string;
  readonly json?: boolean;
}

export async function extractCommand(options: ExtractOptions): Promise<void> {
  refuseToOverwrite(options);
  const mixture = new WavFile(options.mixture);
  let [extractor, writer]: [FileExtractor | undefined, WavFileWriter | undefined] = [undefined, undefined];
  const progress = new Progress(!options.json);
  try {
    const { samples, rateHz, layout } = mixture;
    checkMixture(options.mixture, samples, rateHz);
    const takes = await Promise.all(options.enrollment.map(readRecording));
    await checkWritable(options.out);
    extractor = await FileExtractor.open(options);
    const report = await extractor.enroll(takes);
    writer = await WavFileWriter.create(options.out, { samples, rateHz, encoding: layout.encoding });
    progress.start(1);
    const heard = { mixture: 0, estimate: 0, nonFinite: 0 };
    await extractor.extractPieces(mixture, async (start, piece) => {
      const mixed = new Float32Array(piece.length);
      mixture.read(start, mixed);
      // What is no sound is taken as 0.
      for (let n = 0; n < mixed.length; n++)
        if (!isSound(mixed[n])) {
          mixed[n] = 0;
          heard.nonFinite++;
        }
      heard.mixture += energy(mixed);
      heard.estimate += energy(piece);
      await writer!.write(piece);
      progress.update((start + piece.length) / samples, options.mixture);
    });
    await writer.finish();
    writer = undefined;
    progress.stop();
    const result = {
      model: extractor.modelName,
      backend: extractor.backendName,
      adaptation: extractor.adapts,
      hear_first: extractor.hearsFirst,
      real_time_factor: extractor.realTimeFactor,
      out: options.out,
      sample_rate: rateHz,
      samples,
      residual_db: ratioDb(heard.estimate / samples, heard.mixture / samples),
      non_finite_samples: heard.nonFinite,
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
            (samples / rateHz).toFixed(2),
            `${rateHz}`,
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
    await writer?.abandon();
    extractor?.destroy();
    mixture.close();
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
