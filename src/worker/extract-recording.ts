// A whole recording through the engine: what the live stream would have played, aligned.
import { checkRecordingRate } from '../shared/audio-constants.ts';
import { AbortError } from '../shared/errors.ts';
import { pause } from './pause.ts';
import { StreamExtractor, type HopEngine } from './stream-extractor.ts';

/** Between two looks at the page's messages. */
const CHUNK_S = 0.25;

export interface ExtractionOptions {
  /** Told the share that is done, 0 … 1. The last word is waited for: in a worker the answer could overtake it. */
  readonly onProgress?: (share: number) => void | Promise<void>;
  /** Asked now and then. */
  cancelled(): boolean;
}

/**
 * @param mixture at `rateHz`.
 * @returns estimate of the same length. The engine is reset, before and after, cancelled or not.
 * @throws AbortError when cancelled; AudioContextError where the rate is none.
 */
export async function extractRecording(
  engine: HopEngine,
  mixture: Float32Array,
  rateHz: number,
  { onProgress, cancelled }: ExtractionOptions,
): Promise<Float32Array> {
  checkRecordingRate(rateHz, 'extract');
  const extractor = new StreamExtractor(engine, rateHz);
  const estimate = new Float32Array(mixture.length);
  const chunkSamples = Math.ceil(CHUNK_S * rateHz);
  let pulled = 0;
  engine.reset();
  try {
    for (let start = 0; start < mixture.length; start += chunkSamples) {
      await extractor.push(mixture.subarray(start, start + chunkSamples));
      pulled += extractor.pull(estimate.subarray(pulled));
      void onProgress?.(pulled / mixture.length);
      await pause();
      if (cancelled()) throw new AbortError('was cancelled', { where: 'extract' });
    }
    await extractor.flush();
    extractor.pull(estimate.subarray(pulled));
    await onProgress?.(1);
    return estimate;
  } finally {
    engine.reset();
  }
}
