// A whole file through the extractor. A long one goes in pieces, so that memory holds one piece, not the file.
import type { Extractor } from '../../src/index.ts';
import type { FileSource } from '../shared/file-source.ts';

/** How a long file is cut; seconds. */
export interface Cut {
  /** A file that is no longer goes as a whole. */
  readonly pieceS: number;
  /** Heard before each piece, so that the model's memory is as if it had heard all of it. */
  readonly leadS: number;
  /** Where two pieces meet, one fades into the other. */
  readonly fadeS: number;
}

export const CUT: Cut = { pieceS: 300, leadS: 15, fadeS: 0.05 };

export interface ExtractionOptions {
  readonly signal: AbortSignal;
  readonly cut?: Cut;
  /** Told the share that is done, 0 … 1, and the seconds of sound in it. */
  onProgress(share: number, doneS: number): void;
  /** Takes the next samples of both, from the first to the last of the file. */
  onSamples(mixture: Float32Array, estimate: Float32Array): Promise<void>;
}

/** Rejects as `extractor.extract` does, and with the signal's reason. */
export async function extractFile(
  extractor: Extractor,
  source: FileSource,
  { signal, cut = CUT, onProgress, onSamples }: ExtractionOptions,
): Promise<void> {
  const { rateHz, samples } = source;
  const [piece, lead, fade] = [cut.pieceS, cut.leadS, cut.fadeS].map((s) => Math.round(s * rateHz));
  /** Estimate beyond the end of the piece before. */
  let tail = new Float32Array(0);
  for (let start = 0; start < samples; start += piece) {
    const end = Math.min(samples, start + piece);
    const from = Math.max(0, start - lead);
    const mixture = await source.read(from, Math.min(samples, end + fade) - from);
    const estimate = await extractor.extract(mixture, rateHz, {
      signal,
      hearFirst: start === 0, // later pieces have their lead
      onProgress: (share) => {
        const done = start + (end - start) * share;
        onProgress(done / samples, done / rateHz);
      },
    });
    const kept = estimate.subarray(start - from, end - from);
    fadeIn(kept, tail);
    tail = estimate.slice(end - from);
    await onSamples(mixture.subarray(start - from, end - from), kept);
    signal.throwIfAborted();
  }
}

/** `into` begins as `before` and becomes itself over the length of that. */
function fadeIn(into: Float32Array, before: Float32Array): void {
  const length = Math.min(into.length, before.length);
  for (let n = 0; n < length; n++) {
    const share = (n + 0.5) / length;
    into[n] = share * into[n] + (1 - share) * before[n];
  }
}
