// One clue of several enrollments of the same voice.
import { shownEncoder } from './clue-fit.ts';
import { ClueMismatchError } from './shared/errors.ts';
import type { Clue } from './shared/protocol.ts';
import { meanEmbedding } from './shared/takes.ts';

/**
 * The mean of the takes' embeddings, of unit length: for `setClue`, where somebody enrolled more than once (docs/enrollment.md).
 * Throws InputError where there is no take, ClueMismatchError where not the same known clue encoder made them all.
 */
export function meanClue(takes: readonly Clue[]): Clue {
  return {
    clueEncoder: theirEncoder(takes),
    embedding: meanEmbedding(takes.map(({ embedding }) => embedding)),
  };
}

/** The clue encoder that made all takes. Throws ClueMismatchError where there are several takes and not one known encoder. */
export function theirEncoder(takes: readonly Pick<Clue, 'clueEncoder'>[]): string | null {
  const clueEncoder = takes[0]?.clueEncoder ?? null;
  const other = takes.find((take, n) => n > 0 && (take.clueEncoder ?? '') !== clueEncoder);
  if (other !== undefined)
    throw new ClueMismatchError('the takes are of several clue encoders', {
      where: 'meanClue',
      expected: shownEncoder(clueEncoder),
      got: shownEncoder(other.clueEncoder),
      remedy: 'Enroll the voice again',
    });
  return clueEncoder;
}
