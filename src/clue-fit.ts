// Whether a clue is of use to a model: only where the same clue encoder made it.
import { ClueMismatchError, InputError } from './shared/errors.ts';
import type { Clue, LoadReport } from './shared/protocol.ts';

const SHOWN_DIGITS = 12;

/** `report`: of the extractor that is to follow the clue. */
export function clueFits(
  { clueEncoder }: Pick<Clue, 'clueEncoder'>,
  report: Pick<LoadReport, 'clueEncoder'>,
): boolean {
  return clueEncoder === report.clueEncoder;
}

/** A clue may be bare. */
export function embeddingOf(clue: Clue | Float32Array): Float32Array {
  return clue instanceof Float32Array ? clue : clue.embedding;
}

/** What is to be followed. A bare embedding is taken as it is. Throws ClueMismatchError, and InputError where it is no clue. */
export function fittingEmbedding(
  clue: Clue | Float32Array,
  { model, clueEncoder }: Pick<LoadReport, 'model' | 'clueEncoder'>,
): Float32Array {
  if (clue instanceof Float32Array) return clue;
  checkEmbedding(clue);
  if (clueFits(clue, { clueEncoder })) return clue.embedding;
  throw new ClueMismatchError('the clue is of another clue encoder', {
    where: 'setClue',
    expected: `${shownEncoder(clueEncoder)} (${model})`,
    got: shownEncoder(clue.clueEncoder),
    remedy: 'Enroll the voice again',
  });
}

/** Clues come from outside: what went through JSON has no Float32Array any more. */
function checkEmbedding(clue: Partial<Clue> | null | undefined): void {
  if (clue?.embedding instanceof Float32Array) return;
  throw new InputError('is no clue', {
    where: 'setClue',
    expected: 'what enroll, a ClueStore or importClue gave, or a Float32Array',
    got: Object.prototype.toString.call(clue?.embedding ?? clue),
    remedy: 'To keep a clue as text, write it with exportClue and read it with importClue',
  });
}

/** For messages. Clues from outside may lack the digest. */
export function shownEncoder(digest: string | null | undefined): string {
  return digest ? `clue encoder ${digest.slice(0, SHOWN_DIGITS)}` : 'one that is not known';
}
