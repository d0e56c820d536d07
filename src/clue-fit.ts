// Whether a clue is of use to a model: only where the same clue encoder made it.
import { ClueMismatchError } from './shared/errors.ts';
import type { Clue, LoadReport } from './shared/protocol.ts';

const SHOWN_DIGITS = 12;

/** `report`: of the extractor that is to follow the clue. */
export function clueFits(
  { clueEncoder }: Pick<Clue, 'clueEncoder'>,
  report: Pick<LoadReport, 'clueEncoder'>,
): boolean {
  return clueEncoder === report.clueEncoder;
}

/** What is to be followed. A bare embedding is taken as it is. Throws ClueMismatchError. */
export function fittingEmbedding(
  clue: Clue | Float32Array,
  { model, clueEncoder }: Pick<LoadReport, 'model' | 'clueEncoder'>,
): Float32Array {
  if (!('embedding' in clue)) return clue;
  if (clueFits(clue, { clueEncoder })) return clue.embedding;
  throw new ClueMismatchError('the clue is of another clue encoder', {
    where: 'setClue',
    expected: `${shownEncoder(clueEncoder)} (${model})`,
    got: shownEncoder(clue.clueEncoder),
    remedy: 'Enroll the voice again',
  });
}

/** For messages. Clues from outside may lack the digest. */
export function shownEncoder(digest: string | null | undefined): string {
  return digest ? `clue encoder ${digest.slice(0, SHOWN_DIGITS)}` : 'one that is not known';
}
