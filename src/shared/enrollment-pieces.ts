// Cuts an enrollment into pieces that are each enough to make a clue of: whether it is one voice throughout shows in their clues.
import { MIN_VOICED_S } from './enrollment.ts';
import { EnrollmentMeter } from './enrollment-meter.ts';

/** A piece's own threshold may leave out a block or two that the whole recording's takes for voice. */
const MARGIN_S = 0.4;

/**
 * Pieces of the recording, one after the other, as short as `checkEnrollment` takes them; the rest at the end is left out.
 * @param samples mono, in ±1, at `rateHz`.
 * @returns views of `samples`.
 */
export function enrollmentPieces(samples: Float32Array, rateHz: number): Float32Array[] {
  const whole = new EnrollmentMeter(rateHz);
  whole.push(samples);
  const voiced = whole.voiced();
  const { blockSamples } = whole;
  const wantedBlocks = ((MIN_VOICED_S + MARGIN_S) * rateHz) / blockSamples;
  const pieces: Float32Array[] = [];
  let start = 0;
  let meter = new EnrollmentMeter(rateHz);
  let found = 0;
  for (let b = 0; b < voiced.length; b++) {
    const end = (b + 1) * blockSamples;
    meter.push(samples.subarray(b * blockSamples, end));
    found += voiced[b];
    if (found < wantedBlocks || meter.figures().voicedS < MIN_VOICED_S) continue;
    pieces.push(samples.subarray(start, end));
    start = end;
    meter = new EnrollmentMeter(rateHz);
    found = 0;
  }
  return pieces;
}
