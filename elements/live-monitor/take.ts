// A recording made into two WAV files of the same time.
import type { Take } from '../../components/controls/take-player.ts';
import type { LatencyChangeEvent } from '../../src/index.ts';
import type { RecordedSpan } from '../../src/block-recorder.ts';
import { MAX_WAV_BYTES, wavHeader } from '../../src/shared/wav.ts';
import { SAMPLE_BYTES } from './kept-samples.ts';

/** The run that was recorded. */
export interface RecordedRun {
  /** At the end. */
  readonly latencySamples: number;
  /** How the delay grew while it was recorded. */
  readonly growths: readonly Pick<LatencyChangeEvent, 'frame' | 'grownSamples'>[];
  /** The context's frame of the run's first sample. */
  readonly startFrame: number;
}

/** What went in and what came out, of the same time, as KeptSamples has them. */
export interface RecordedSound extends RecordedSpan {
  readonly input: Blob;
  readonly output: Blob;
}

/** A WAV file says its length in 32 bits: 6 hours at 48 kHz. What is longer ends there. */
const MOST_SAMPLES = Math.floor(MAX_WAV_BYTES / SAMPLE_BYTES);

/**
 * Takes the path's delay off the output, and the silence with which it grew, so that both files align; null where the recording is shorter
 * than the delay. Floats, so that the files hold what was heard, exactly.
 */
export function makeTake(recording: RecordedSound, rateHz: number, run: RecordedRun): Take | null {
  let latencySamples = run.latencySamples;
  let estimate = recording.output;
  // One that is told late may be of before the recording. The last one first: those before stay where they are.
  for (const { frame, grownSamples } of [...run.growths].reverse()) {
    if (frame < recording.startFrame) continue;
    estimate = without(estimate, frame - recording.startFrame, grownSamples);
    latencySamples -= grownSamples;
  }
  const length = Math.min(estimate.size / SAMPLE_BYTES - latencySamples, MOST_SAMPLES);
  if (length <= 0) return null;
  return {
    inputUrl: wavUrl(recording.input, 0, length, rateHz),
    outputUrl: wavUrl(estimate, latencySamples, length, rateHz),
    seconds: length / rateHz,
    rateHz,
    latencySamples,
    runStart: run.startFrame - recording.startFrame,
    lostSamples: recording.lostSamples,
  };
}

/** Lets go of a recording's files. */
export function releaseTake(take: Take | null): void {
  if (take === null) return;
  URL.revokeObjectURL(take.inputUrl);
  URL.revokeObjectURL(take.outputUrl);
}

/** `samples` without `count` of them from `start` on, as far as there are so many. */
function without(samples: Blob, start: number, count: number): Blob {
  return new Blob([samples.slice(0, start * SAMPLE_BYTES), samples.slice((start + count) * SAMPLE_BYTES)]);
}

function wavUrl(samples: Blob, start: number, count: number, rateHz: number): string {
  const header = wavHeader(count, rateHz, 'float32') as Uint8Array<ArrayBuffer>;
  const sound = samples.slice(start * SAMPLE_BYTES, (start + count) * SAMPLE_BYTES);
  return URL.createObjectURL(new Blob([header, sound], { type: 'audio/wav' }));
}
