// What the documentation prints compiles against the package's types, in strict mode: its TypeScript, and the scripts of its pages.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { typeErrors } from './projects.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = [
  'README',
  ...['library', 'elements', 'enrollment', 'files', 'latency', 'embedding'].map((name) => `docs/${name}`),
];

/** What a block takes for given: the reader's own, or made in a block before. */
const GIVEN = `
import type { AudioTrackProcessor, ClueStore, Enrollment, Extractor, StoredClue } from 'crossmamba-web';
import 'crossmamba-web/elements';

declare global {
  const abort: AbortController;
  const anyNode: AudioNode;
  const bar: HTMLProgressElement;
  const call: RTCPeerConnection;
  const clue: StoredClue;
  const enrollment: Enrollment;
  const extractor: Extractor;
  const file: File;
  const first: Enrollment;
  const microphoneTrack: { setProcessor(processor: AudioTrackProcessor): Promise<void> };
  const other: Float32Array;
  const peer: RTCPeerConnection;
  const rateHz: number;
  const recording: AudioBuffer;
  const samples: Float32Array;
  const show: (...what: unknown[]) => void;
  const signal: AbortSignal;
  const store: ClueStore;
  const track: MediaStreamTrack;
  const upload: (name: string, file: Blob) => void;
  const warn: (text: string) => void;
}
`;

/** Blocks that hold nothing to check, by their first line, and why. */
const UNCHECKED: Readonly<Record<string, string>> = {
  '<clue-enroller></clue-enroller>': 'a tag alone',
  '<script type="module" src="/node_modules/crossmamba-web/dist/web/elements.js"></script>':
    'a script by its address',
};

interface Block {
  /** Page and line. */
  readonly place: string;
  readonly text: string;
  /** Empty where there is none. */
  readonly script: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(ROOT, `${page}.md`), 'utf8');
  return [...text.matchAll(/^```(ts|html)\n([\s\S]*?)^```$/gm)].map(({ 1: language, 2: code, index }) => ({
    place: `${page.replace('/', '-')}-${text.slice(0, index).split('\n').length}`,
    text: code,
    script:
      language === 'ts'
        ? code
        : [...code.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script).join('\n'),
  }));
}

describe('what the documentation prints', () => {
  const blocks = PAGES.flatMap(blocksOf);
  const isEmpty = ({ script }: Block) => script.trim() === '';

  it('is a script, or is known not to be one', () => {
    const firstLines = blocks.filter(isEmpty).map(({ text }) => text.split('\n')[0]);
    expect(firstLines.sort()).toEqual(Object.keys(UNCHECKED).sort());
    expect(blocks.length).toBeGreaterThan(PAGES.length);
  });

  it('compiles', async () => {
    const scripts = blocks
      .filter((block) => !isEmpty(block))
      // Each has names of its own.
      .map(({ place, script }) => [`${place}.ts`, `${script}\nexport {};\n`] as const);
    const folder = path.join(inject('projects'), 'docs');
    expect(await typeErrors(folder, { 'given.d.ts': GIVEN, ...Object.fromEntries(scripts) })).toBe('');
  });
});
