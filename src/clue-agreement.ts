// Whether an enrollment is one voice throughout: pieces of it, each made into a clue, should agree.
import type { Enrollment } from './shared/protocol.ts';
import { lowestAgreement } from './shared/clue-cosine.ts';
import { enrollmentPieces } from './shared/enrollment-pieces.ts';
import { EnrollmentError } from './shared/errors.ts';

/** Below this cosine, two pieces of a recording, or two recordings, are taken for two voices; chosen on voices unseen in training (docs/enrollment.md). */
export const MIN_AGREEMENT = 0.8;

/** The part of an extractor that is needed. */
export interface Encoder {
  enroll(
    samples: Float32Array,
    rateHz: number,
    options: { use: boolean },
  ): Promise<Pick<Enrollment, 'embedding'>>;
}

/**
 * The lowest cosine between the clues of the recording's pieces, 0…1; null where it has no two pieces that are each good enough to say.
 * Below MIN_AGREEMENT, more than one voice is likely. The clue in use stays.
 * @param samples mono, in ±1, at `rateHz`.
 */
export async function clueAgreement(
  encoder: Encoder,
  samples: Float32Array,
  rateHz: number,
): Promise<number | null> {
  const clues: Float32Array[] = [];
  for (const piece of enrollmentPieces(samples, rateHz))
    try {
      clues.push((await encoder.enroll(piece, rateHz, { use: false })).embedding);
    } catch (error) {
      // A piece may hold most of what is clipped in a recording that is good as a whole: it says nothing.
      if (!(error instanceof EnrollmentError)) throw error;
    }
  return lowestAgreement(clues);
}
