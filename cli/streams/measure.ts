// Runs the engine over a stream that is read piece by piece, and sums what its parts are scored by.
import type { SignalSums } from '../../src/shared/metrics-sums.ts';
import type { Figures } from '../../src/shared/metrics-summary.ts';
import type { FileExtractor, SampleSource } from '../file-extractor.ts';
import type { Column } from '../report.ts';
import type { Segment } from '../segments.ts';

/** A stream with its clue set: the mixture, the target in it, and who speaks when (nothing where segments.json does not say). */
export interface Stream {
  readonly id: string;
  readonly mixture: SampleSource;
  readonly target: SampleSource;
  readonly segments: readonly Segment[];
}

/** What a kind of stream is scored by. */
export interface StreamKind {
  /** Kinds of the manifest that are called this, or this and a hyphen and more, are of this kind. */
  readonly name: string;
  readonly needsSegments: boolean;
  /** Runs of the engine over (at most) the whole stream, for the progress bar. */
  readonly runs: number;
  readonly columns: readonly Column[];
  /** Throws InputError where the stream does not have what the kind needs. */
  score(stream: Stream, run: Run): Promise<Figures>;
}

/** Runs the engine once from a fresh start and adds to the sums of the parts. */
export type Run = (parts: readonly Part[], options?: RunOptions) => Promise<void>;

export interface RunOptions {
  /** Sample that the engine starts at. */
  readonly from?: number;
  /** Factor on mixture and target. */
  readonly gain?: number;
}

/** A stretch of a stream, in samples, and where its sums go; several stretches may share theirs. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly sums: SignalSums;
}

export interface Listener {
  /** Given the estimate's pieces in order. */
  write?(piece: Float32Array): Promise<void>;
  /** Share of the stream that is done. */
  onProgress(share: number): void;
}

export async function measure(
  extractor: FileExtractor,
  { mixture, target }: Stream,
  parts: readonly Part[],
  { from = 0, gain = 1 }: RunOptions,
  { write, onProgress }: Listener,
): Promise<void> {
  const scaled = (source: SampleSource): SampleSource => ({
    rateHz: source.rateHz,
    samples: source.samples - from,
    read(start, into) {
      source.read(start + from, into);
      if (gain !== 1) for (let n = 0; n < into.length; n++) into[n] *= gain;
    },
  });
  const [mixtureHere, targetHere] = [scaled(mixture), scaled(target)];
  await extractor.extractPieces(mixtureHere, async (start, piece) => {
    await write?.(piece);
    const [mixed, wanted] = [new Float32Array(piece.length), new Float32Array(piece.length)];
    mixtureHere.read(start, mixed);
    targetHere.read(start, wanted);
    for (const part of parts) {
      const begin = Math.max(0, part.from - from - start);
      const end = Math.min(piece.length, part.to - from - start);
      if (begin < end) part.sums.add(mixed, wanted, piece, begin, end - begin);
    }
    onProgress((start + piece.length) / mixtureHere.samples);
  });
}
