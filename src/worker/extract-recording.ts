// A whole recording through the engine, aligned: what the live stream would have played, or better, since a recording's beginning can be heard before.
import { checkRecordingRate } from '../shared/audio-constants.ts';
import { AbortError } from '../shared/errors.ts';
import { pause } from '../shared/platform.ts';
import { StreamExtractor, type HopEngine } from './stream-extractor.ts';

/** Between two looks at the page's messages. */
const CHUNK_S = 0.25;

/**
 * Of a recording's beginning, heard before it is extracted: its first seconds too are then extracted by who knows the voices. It has to be the
 * beginning: who comes later helps nobody there (docs/files.md).
 */
export const HEARD_FIRST_S = 15;

export interface ExtractionOptions {
  /** Whether the beginning is heard before. */
  readonly hearFirst: boolean;
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
  { hearFirst, onProgress, cancelled }: ExtractionOptions,
): Promise<Float32Array> {
  checkRecordingRate(rateHz, 'extract');
  const first = mixture.subarray(0, hearFirst ? Math.round(HEARD_FIRST_S * rateHz) : 0);
  const estimate = new Float32Array(mixture.length);
  const total = first.length + mixture.length;
  const chunkSamples = Math.ceil(CHUNK_S * rateHz);
  const run = async (samples: Float32Array, before: number) => {
    const extractor = new StreamExtractor(engine, rateHz);
    let pulled = 0;
    for (let start = 0; start < samples.length; start += chunkSamples) {
      await extractor.push(samples.subarray(start, start + chunkSamples));
      pulled += extractor.pull(estimate.subarray(pulled));
      void onProgress?.((before + pulled) / total);
      await pause();
      if (cancelled()) throw new AbortError('was cancelled', { where: 'extract' });
    }
    await extractor.flush();
    extractor.pull(estimate.subarray(pulled));
  };
  engine.reset();
  try {
    await run(first, 0); // its estimate is written over
    await run(mixture, first.length);
    await onProgress?.(1);
    return estimate;
  } finally {
    engine.reset();
  }
}
