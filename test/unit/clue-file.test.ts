// Clues as files: what is written is read again, and every kind of damage is told by name.
import { describe, expect, it } from 'vitest';
import { clueFileName, exportClue, importClue, type ExportedClue } from '../../src/clue-file.ts';
import { ClueFileError } from '../../src/shared/errors.ts';
import { joined } from '../../src/shared/takes.ts';
import { noise } from './seeded.ts';

const raw = noise(256, 5);
const length = Math.hypot(...raw);
const EMBEDDING = raw.map((x) => x / length);
const REPORT = { durationS: 7.5, voicedS: 6, levelDbfs: -21.5, snrDb: 38, clippedShare: 0 };
const CLUE: ExportedClue = {
  name: 'Zoë Q. / 张',
  model: 'speaker-base',
  clueEncoder: 'ab'.repeat(32),
  embedding: EMBEDDING,
  report: REPORT,
  takes: [{ embedding: EMBEDDING, report: REPORT }],
  createdAt: '2026-02-03T04:05:06.789Z',
};

/** As it is in a file. */
const TAKE = { embedding: [...EMBEDDING], report: REPORT };

/** The exported file with some of it changed. */
async function changed(change: Record<string, unknown>): Promise<Blob> {
  const content = JSON.parse(await exportClue(CLUE).text());
  return new File([JSON.stringify({ ...content, ...change })], 'anna.clue.json');
}

describe('a clue as a file', () => {
  it('comes back as it was, to the bit', async () => {
    expect(await importClue(exportClue(CLUE))).toEqual(CLUE);
    const takes = [{ embedding: EMBEDDING, report: null }];
    const without = { ...CLUE, report: null, clueEncoder: null, takes };
    expect(await importClue(exportClue(without))).toEqual(without);
  });

  it('holds no more than the clue', async () => {
    expect(exportClue({ ...CLUE, id: 'secret' } as ExportedClue).type).toBe('application/json');
    expect(Object.keys(JSON.parse(await exportClue(CLUE).text()))).toEqual([
      ...['format', 'format_version', 'name', 'model', 'clueEncoder', 'createdAt', 'report', 'embedding'],
    ]);
  });

  it('keeps its takes, which readers that know one embedding leave alone', async () => {
    const second = raw.map((x, i) => (i < 64 ? -x : x) / length);
    const takes = [
      { embedding: EMBEDDING, report: REPORT },
      { embedding: second, report: null },
    ];
    const grown = { ...CLUE, takes, ...joined(takes) };
    expect(grown.report).toEqual(REPORT);
    expect(await importClue(exportClue(grown))).toEqual(grown);
    const { format_version, embedding } = JSON.parse(await exportClue(grown).text());
    expect([format_version, Float32Array.from(embedding)]).toEqual([2, grown.embedding]);
  });

  it('of version 1 comes in as made by an encoder that is not known', async () => {
    const { clueEncoder, ...rest } = CLUE;
    for (const claimed of [undefined, clueEncoder])
      expect(await importClue(await changed({ format_version: 1, clueEncoder: claimed }))).toEqual({
        ...rest,
        clueEncoder: null,
      });
  });

  it('is called after the person', () => {
    expect(clueFileName(CLUE)).toBe('Zoë Q.  张.clue.json');
    expect(clueFileName({ name: '../etc' })).toBe('etc.clue.json');
    expect(clueFileName({ name: '..' })).toBe('voice.clue.json');
  });

  it.each([
    ['no JSON', new Blob(['RIFF....']), /is no clue.*JSON object.*exported here/],
    ['another JSON', new Blob(['[1, 2]']), /is no clue.*crossmamba-clue/],
    ['null', new Blob(['null']), /is no clue/],
    ['a huge file', new Blob([new Uint8Array(2 ** 21)]), /is too large/],
  ])('refuses %s', async (_, file, message) => {
    await expect(importClue(file)).rejects.toThrow(ClueFileError);
    await expect(importClue(file)).rejects.toThrow(message);
  });

  it.each([
    [{ format_version: 3 }, /anna.clue.json: is of a version.*expected 1 or 2, got 3/],
    [{ clueEncoder: undefined }, /clueEncoder is damaged, expected 64 hex digits, or null, got nothing/],
    [{ clueEncoder: 'speaker-base' }, /clueEncoder is damaged.*got "speaker-base"/],
    [{ name: '' }, /name is damaged/],
    [{ name: 7 }, /name is damaged.*got 7/],
    [{ model: undefined }, /model is damaged.*got nothing/],
    [{ embedding: [] }, /embedding is damaged.*0 values/],
    [{ embedding: new Array(5000).fill(0) }, /embedding is damaged.*5000 values/],
    [{ embedding: [1, null] }, /embedding\[1\] is damaged.*got null/],
    [{ embedding: [0.5, 0.5] }, /embedding is damaged.*length 0.707/],
    [{ takes: [] }, /takes is damaged, expected 1 to 20 of them, got \[\]/],
    [{ takes: new Array(21).fill(TAKE) }, /takes is damaged, expected 1 to 20 of them/],
    [{ takes: [null] }, /takes\[0\]\.embedding is damaged.*got nothing/],
    [{ takes: [{ embedding: [0.5] }] }, /takes\[0\]\.embedding is damaged.*length 0.5/],
    [{ takes: [{ ...TAKE, report: {} }] }, /takes\[0\]\.report\.durationS is damaged/],
    [{ takes: [TAKE, { embedding: [1] }] }, /takes\[1\]\.embedding is damaged, expected 256 numbers/],
    [{ takes: [{ embedding: TAKE.embedding.map((x) => -x) }] }, /embedding is damaged, expected the mean/],
    [{ report: { durationS: 1 } }, /report.voicedS is damaged/],
    [{ report: 'good' }, /report.durationS is damaged/],
    [{ createdAt: 'soon' }, /createdAt is damaged.*soon/],
  ])('refuses %j', async (change, message) => {
    await expect(changed(change).then(importClue)).rejects.toThrow(message);
    await expect(changed(change).then(importClue)).rejects.toThrow(ClueFileError);
  });
});
