// Cuts an enrollment into pieces that are each enough to make a clue of: whether it is one voice throughout shows in their clues.
import { MIN_VOICED_S } from './enrollment.ts';
import { BLOCK_S, EnrollmentMeter } from './enrollment-meter.ts';

/** A piece's own threshold may leave out a block or two that the whole recording's takes for voice. */
const MARGIN_BLOCKS = 20;

/**
 * Pieces as short as `checkEnrollment` takes them: one after the other from the beginning, then from the end, so that the first and the
 * last hold as little as possible of what lies between. Those from the beginning overlap those from the end.
 * @param samples mono, in ±1, at `rateHz`.
 * @returns views of `samples`, each cut when it is asked for, so that a page may do something else in between; none where it is too short
 * for two.
 */
export function* enrollmentPieces(samples: Float32Array, rateHz: number): Generator<Float32Array, void> {
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

  function* from(start: number, direction: 1 | -1): Generator<Float32Array, void> {
    let at = start;
    for (let piece = pieceAt(at, direction); piece !== null; piece = pieceAt(at, direction)) {
      yield piece;
      at += (direction * piece.length) / blockSamples;
    }
  }

  const forward = from(0, 1);
  const [first, second] = [forward.next(), forward.next()];
  if (first.done || second.done) return;
  yield first.value;
  yield second.value;
  yield* forward;
  yield* from(voiced.length - 1, -1);
}

function hasEnough(piece: Float32Array, rateHz: number): boolean {
  const meter = new EnrollmentMeter(rateHz);
  meter.push(piece);
  return meter.figures().voicedS >= MIN_VOICED_S;
}
