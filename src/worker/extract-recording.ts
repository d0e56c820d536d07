// A whole recording through the engine, aligned: what the live stream would have played, or better, since a recording's beginning can be heard before.
import { checkRecordingRate } from '../shared/audio-constants.ts';
import { AbortError } from '../shared/errors.ts';
import { pause } from './pause.ts';
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
  const first = hearFirst ? mixture.subarray(0, Math.round(HEARD_FIRST_S * rateHz)) : new Float32Array(0);
  const estimate = new Float32Array(mixture.length);
  const unheard = new Float32Array(first.length);
  let pulled = 0;
  const run = async (from: Float32Array, into: Float32Array) => {
    const extractor = new StreamExtractor(engine, rateHz);
    const chunkSamples = Math.ceil(CHUNK_S * rateHz);
    const pull = (start: number) => {
      const count = extractor.pull(into.subarray(start));
      pulled += count;
      return start + count;
    };
    let filled = 0;
    for (let start = 0; start < from.length; start += chunkSamples) {
      await extractor.push(from.subarray(start, start + chunkSamples));
      filled = pull(filled);
      void onProgress?.(pulled / (first.length + mixture.length));
      await pause();
      if (cancelled()) throw new AbortError('was cancelled', { where: 'extract' });
    }
    await extractor.flush();
    pull(filled);
  };
  engine.reset();
  try {
    await run(first, unheard);
    await run(mixture, estimate);
    await onProgress?.(1);
    return estimate;
  } finally {
    engine.reset();
  }
}
