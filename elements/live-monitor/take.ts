// A recording made into two WAV files of the same time.
import type { Take } from '../../components/controls/take-player.ts';
import type { LatencyChangeEvent } from '../../src/index.ts';
import type { Recording } from '../../src/recorder.ts';
import { writeWav } from '../../src/shared/wav.ts';

/** The run that was recorded. */
export interface RecordedRun {
  /** At the end. */
  readonly latencySamples: number;
  /** How the delay grew while it was recorded. */
  readonly growths: readonly Pick<LatencyChangeEvent, 'frame' | 'grownSamples'>[];
  /** The context's frame of the run's first sample. */
  readonly startFrame: number;
}

/**
 * Takes the path's delay off the output, and the silence with which it grew, so that both files align. `recording` has the input, then the
 * output; null where it is shorter than the delay. Floats, so that the files hold what was heard, exactly.
 */
export function makeTake(recording: Recording, rateHz: number, run: RecordedRun): Take | null {
  const [input, output] = recording.channels;
  let latencySamples = run.latencySamples;
  let estimate = output;
  // One that is told late may be of before the recording. The last one first: those before stay where they are.
  for (const { frame, grownSamples } of [...run.growths].reverse()) {
    if (frame < recording.startFrame) continue;
    estimate = without(estimate, frame - recording.startFrame, grownSamples);
    latencySamples -= grownSamples;
  }
  const length = estimate.length - latencySamples;
  if (length <= 0) return null;
  return {
    inputUrl: wavUrl(input.subarray(0, length), rateHz),
    outputUrl: wavUrl(estimate.subarray(latencySamples), rateHz),
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
function without(samples: Float32Array, start: number, count: number): Float32Array<ArrayBuffer> {
  const before = samples.subarray(0, start);
  const behind = samples.subarray(start + count);
  const kept = new Float32Array(before.length + behind.length);
  kept.set(before);
  kept.set(behind, before.length);
  return kept;
}

function wavUrl(samples: Float32Array, rateHz: number): string {
  const bytes = writeWav(samples, rateHz, 'float32') as Uint8Array<ArrayBuffer>;
  return URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
}
