// A recording made into two WAV files of the same time.
import type { Take } from '../../components/controls/take-player.ts';
import type { Recording } from '../../src/recorder.ts';
import { writeWav } from '../../src/shared/wav.ts';

/**
 * Takes the path's delay off the output, so that both files align. `recording` has the input, then the output; null where it is
 * shorter than the delay. `runStartFrame`: the context's frame of the run's first sample. Floats, so that the files hold what was
 * heard, exactly.
 */
export function makeTake(
  recording: Recording,
  rateHz: number,
  latencySamples: number,
  runStartFrame: number,
): Take | null {
  const [input, output] = recording.channels;
  const length = input.length - latencySamples;
  if (length <= 0) return null;
  return {
    inputUrl: wavUrl(input.subarray(0, length), rateHz),
    outputUrl: wavUrl(output.subarray(latencySamples), rateHz),
    seconds: length / rateHz,
    rateHz,
    latencySamples,
    runStart: runStartFrame - recording.startFrame,
    lostSamples: recording.lostSamples,
  };
}

/** Lets go of a recording's files. */
export function releaseTake(take: Take | null): void {
  if (take === null) return;
  URL.revokeObjectURL(take.inputUrl);
  URL.revokeObjectURL(take.outputUrl);
}

function wavUrl(samples: Float32Array, rateHz: number): string {
  const bytes = writeWav(samples, rateHz, 'float32') as Uint8Array<ArrayBuffer>;
  return URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
}
