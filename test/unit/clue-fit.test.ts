// A clue belongs to the encoder that made it: taken there, refused everywhere else, whatever the model is called.
import { describe, expect, it } from 'vitest';
import { clueFits, fittingEmbedding } from '../../src/clue-fit.ts';
import { ClueMismatchError } from '../../src/shared/errors.ts';
import { errorFromWire, errorToWire } from '../../src/shared/protocol-errors.ts';

const [ours, theirs] = ['a1'.repeat(32), 'b2'.repeat(32)];
const REPORT = { model: 'speaker-base', clueEncoder: ours };
const embedding = Float32Array.of(0.6, 0.8);

describe('a clue', () => {
  it('of the same encoder is taken; so is a bare embedding, on trust', () => {
    expect(fittingEmbedding({ embedding, clueEncoder: ours }, REPORT)).toBe(embedding);
    expect(fittingEmbedding(embedding, REPORT)).toBe(embedding);
  });

  it.each([
    [
      theirs,
      /^setClue: the clue is of another.*expected .* a1a1a1a1a1a1 \(speaker-base\), got clue encoder b2b2b2b2b2b2\. Enroll/,
    ],
    [null, /got one that is not known/],
    [undefined as unknown as null, /got one that is not known/],
  ])('of the encoder %s is refused by name', (clueEncoder, message) => {
    const clue = { embedding, clueEncoder };
    expect(clueFits(clue, REPORT)).toBe(false);
    expect(() => fittingEmbedding(clue, REPORT)).toThrow(ClueMismatchError);
    expect(() => fittingEmbedding(clue, REPORT)).toThrow(message);
  });
});

it('the error keeps its class and code between threads', () => {
  const error = errorFromWire(errorToWire(new ClueMismatchError('does not fit')));
  expect(error).toBeInstanceOf(ClueMismatchError);
  expect(error).toMatchObject({ name: 'ClueMismatchError', code: 'clue-mismatch' });
});
