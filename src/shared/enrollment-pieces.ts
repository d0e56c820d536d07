// Cuts an enrollment into pieces that are each enough to make a clue of: whether it is one voice throughout shows in their clues.
import { MIN_VOICED_S } from './enrollment.ts';
import { BLOCK_S, EnrollmentMeter } from './enrollment-meter.ts';

/** A piece's own threshold may leave out a block or two that the whole recording's takes for voice. */
const MARGIN_BLOCKS = 20;

/**
 * Pieces as short as `checkEnrollment` takes them: one after the other from the beginning, then from the end, so that the first and the
 * last hold as little as possible of what lies between. Those from the beginning overlap those from the end.
 * @param samples mono, in ±1, at `rateHz`.
 * @returns views of `samples`; none where it is too short for two.
 */
export function enrollmentPieces(samples: Float32Array, rateHz: number): Float32Array[] {
  const whole = new EnrollmentMeter(rateHz);
  whole.push(samples);
  const voiced = whole.voiced();
  const { blockSamples } = whole;

  /** The shortest from block `at` on that is enough; null where the recording ends before. */
  const pieceAt = (at: number, direction: 1 | -1): Float32Array | null => {
    let wanted = MIN_VOICED_S / BLOCK_S + MARGIN_BLOCKS;
    let found = 0;
    for (let b = at; b >= 0 && b < voiced.length; b += direction) {
      found += voiced[b];
      if (found < wanted) continue;
      const piece = samples.subarray(Math.min(at, b) * blockSamples, (Math.max(at, b) + 1) * blockSamples);
      if (hasEnough(piece, rateHz)) return piece;
      wanted += MARGIN_BLOCKS;
    }
    return null;
  };

  const from = (start: number, direction: 1 | -1): Float32Array[] => {
    const pieces: Float32Array[] = [];
    let at = start;
    for (let piece = pieceAt(at, direction); piece !== null; piece = pieceAt(at, direction)) {
      pieces.push(piece);
      at += (direction * piece.length) / blockSamples;
    }
    return pieces;
  };

  const forward = from(0, 1);
  return forward.length < 2 ? [] : [...forward, ...from(voiced.length - 1, -1)];
}

function hasEnough(piece: Float32Array, rateHz: number): boolean {
  const meter = new EnrollmentMeter(rateHz);
  meter.push(piece);
  return meter.figures().voicedS >= MIN_VOICED_S;
}
