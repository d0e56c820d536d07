// Several enrollments of one voice: one clue, one report.
import { describe, expect, it } from 'vitest';
import { meanClue } from '../../src/mean-clue.ts';
import { clueCosine } from '../../src/shared/clue-cosine.ts';
import { ClueMismatchError, InputError } from '../../src/shared/errors.ts';
import { joinedReport, meanEmbedding } from '../../src/shared/takes.ts';
import { noise } from './seeded.ts';

const [ours, theirs] = ['a1'.repeat(32), 'b2'.repeat(32)];
/** Of unit length: the voice, and as much that is this take's own. */
function take(seed: number): Float32Array {
  const [voice, own] = [noise(256, 99), noise(256, seed)];
  const sum = voice.map((x, i) => x + own[i]);
  const length = Math.hypot(...sum);
  return sum.map((x) => x / length);
}
const TAKES = [1, 2, 3, 4].map(take);
const clue = (embedding: Float32Array, clueEncoder: string | null = ours) => ({ embedding, clueEncoder });

describe('the mean of takes', () => {
  it('is of unit length, nearer to the voice than each of them, in whatever order', () => {
    const mean = meanEmbedding(TAKES);
    expect(Math.hypot(...mean)).toBeCloseTo(1, 6);
    const unheard = take(5);
    const before = TAKES.map((one) => clueCosine(one, unheard));
    expect(clueCosine(mean, unheard)).toBeGreaterThan(Math.max(...before));
    expect(clueCosine(meanEmbedding([...TAKES].reverse()), mean)).toBeCloseTo(1, 6);
  });

  it('of one take is that take, to the bit, and a copy', () => {
    const mean = meanEmbedding([TAKES[0]]);
    expect(mean).toEqual(TAKES[0]);
    expect(mean).not.toBe(TAKES[0]);
  });

  it.each<[string, Float32Array[], RegExp]>([
    ['no take', [], /there is no take.*expected at least one, got 0/],
    ['takes of other lengths', [TAKES[0], Float32Array.of(1)], /expected embeddings of 256 numbers, got 1/],
    ['takes that cancel out', [TAKES[0], TAKES[0].map((x) => -x)], /nothing in common/],
    ['what is no number', [TAKES[0], new Float32Array(256).fill(NaN)], /nothing in common/],
  ])('refuses %s', (_, takes, message) => {
    expect(() => meanEmbedding(takes)).toThrow(InputError);
    expect(() => meanEmbedding(takes)).toThrow(message);
  });
});

describe('the mean clue', () => {
  it('is of the encoder that made all of them', () => {
    expect(meanClue(TAKES.map((one) => clue(one)))).toEqual(clue(meanEmbedding(TAKES)));
    expect(meanClue([clue(TAKES[0], null)])).toEqual(clue(TAKES[0], null));
  });

  it.each([
    [ours, theirs, /several clue encoders, expected clue encoder a1a1a1a1a1a1, got clue encoder b2/],
    [ours, null, /got one that is not known/],
    [null, null, /expected one that is not known/],
  ])('refuses those of %s and %s', (first, second, message) => {
    const takes = [clue(TAKES[0], first), clue(TAKES[1], second)];
    expect(() => meanClue(takes)).toThrow(ClueMismatchError);
    expect(() => meanClue(takes)).toThrow(message);
  });
});

it('the report of several takes adds up what there is, and keeps the worst of the noise', () => {
  const one = { durationS: 4, voicedS: 3, levelDbfs: -20, snrDb: 40, clippedShare: 0 };
  const other = { durationS: 8, voicedS: 6, levelDbfs: -30, snrDb: 22, clippedShare: 0.003 };
  const joined = joinedReport([one, other]);
  expect(joined).toMatchObject({ durationS: 12, voicedS: 9, snrDb: 22 });
  expect(joined.levelDbfs).toBeCloseTo(10 * Math.log10((3 * 0.01 + 6 * 0.001) / 9), 9);
  expect(joined.clippedShare).toBeCloseTo(0.002, 12);
  expect(joinedReport([one])).toEqual(one);
  const all = joinedReport([joined, one]);
  expect(all.levelDbfs).toBeCloseTo(joinedReport([one, other, one]).levelDbfs, 9);
});
