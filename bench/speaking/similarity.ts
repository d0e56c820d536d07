// How alike a case's mixture and its enrolled voice are, as an extractor would tell while it runs.
import type { Recording } from '../../cli/files.ts';
import { MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';
import { clueCosine } from '../../src/shared/clue-cosine.ts';
import type { Model } from '../../src/shared/model.ts';
import { resample } from '../../src/shared/resampling.ts';
import { encodeClue } from '../../src/worker/clue-encoder.ts';
import { KEPT_S } from '../../src/worker/live-engine.ts';
import { WasmClueNetwork } from '../../wasm/clue-network.ts';
import type { SimilarityAt } from './sweep.ts';

/** → for a case's mixture and enrollment: what `Extractor.speakerSimilarity` gives after so many samples of the mixture. */
export async function similarities(
  model: Model,
): Promise<(mixture: Recording, enrollment: Recording) => SimilarityAt> {
  const network = await WasmClueNetwork.create(model);
  const encode = (samples: Float32Array, rateHz: number) =>
    encodeClue(model, resample(samples, rateHz, MODEL_RATE_HZ), network);
  return ({ samples, rateHz }, enrollment) => {
    let clue: Float32Array | undefined;
    return (end) => {
      const start = end - KEPT_S * rateHz;
      if (start < 0) return null;
      clue ??= encode(enrollment.samples, enrollment.rateHz);
      return clueCosine(clue, encode(samples.subarray(start, end), rateHz));
    };
  };
}
