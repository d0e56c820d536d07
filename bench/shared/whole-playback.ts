// An estimate that is all there, as the audio thread reads it, and nowhere for the mixture to go.
import type { SampleReader, SampleWriter } from '../../src/shared/ring.ts';

export const NOWHERE: SampleWriter = { push: (_, count) => count };

export function readerOf(samples: Float32Array): SampleReader {
  let at = 0;
  const skip = (count: number) => {
    const skipped = Math.min(count, samples.length - at);
    at += skipped;
    return skipped;
  };
  return {
    get available() {
      return samples.length - at;
    },
    pop(into, count) {
      into.set(samples.subarray(at, at + count));
      return skip(count);
    },
    skip,
  };
}
