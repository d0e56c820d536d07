// The library where there is no browser: it can be imported, as a server that renders pages does, and says by name what is missing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textModulesForEsbuild } from '../../scripts/plugins.js';

const ELEMENTS = ['clue-enroller', 'live-monitor', 'latency-meter', 'file-extractor', 'target-extractor'];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'crossmamba-node-'));
  await build({
    // Each public element; the library.
    entryPoints: {
      index: 'src/index.ts',
      ...Object.fromEntries(ELEMENTS.map((tag) => [tag, `elements/${tag}/${tag}.ts`])),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    // The packages as Node resolves them.
    platform: 'node',
    plugins: [textModulesForEsbuild],
    logLevel: 'silent',
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script in a plain Node, beside the library; returns what it prints. */
function inNode(script: string): string {
  const args = ['--input-type=module', '--eval', script];
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 30_000 });
}

/** Every global of a browser throws when it is touched, but for those that Lit brings to Node by itself. */
const forbid = (names: string[]) => `
for (const name of ${JSON.stringify(names)})
  Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error('touched ' + name); } });
`;
const OURS = [
  'window',
  'navigator',
  'location',
  'AudioContext',
  'AudioNode',
  'AudioWorkletNode',
  'Worker',
  'indexedDB',
  'caches',
  'localStorage',
];
const FORBID_BUT_ELEMENTS = forbid(OURS);
const FORBID = forbid([...OURS, 'document', 'HTMLElement', 'customElements']);

describe('the library in Node', () => {
  it('is imported without touching a global of a browser, and leaves Node free to end', () => {
    const names = inNode(`${FORBID}
      const library = await import('./index.mjs');
      library.createTrackProcessor();
      console.log(Object.keys(library).join(' '));`).split(/\s+/);
    for (const name of [
      'createExtractor',
      'createTrackProcessor',
      'Extractor',
      'MicrophoneError',
      'dbToStrength',
    ])
      expect(names).toContain(name);
  });

  it.each(ELEMENTS)('<%s> is imported there too', (tag) => {
    const said = inNode(`${FORBID_BUT_ELEMENTS}
      console.log(Object.values(await import('./${tag}.mjs')).filter((value) => typeof value === 'function').length);`);
    expect(Number(said)).toBeGreaterThan(0);
  });

  it('refuses by a named error, not by a ReferenceError', () => {
    const said = inNode(`
      const { createExtractor, openMicrophone, createTrackProcessor, CrossMambaError } = await import('./index.mjs');
      for (const refused of [createExtractor(), createTrackProcessor().init({ kind: 'audio', track: { kind: 'audio', getSettings: () => ({}) } })])
        await refused.catch((error) => console.log(error instanceof CrossMambaError, error.name, error.code, error.message));
      await openMicrophone().catch((error) => console.log(error instanceof CrossMambaError, error.name));`);
    const [extractor, processor, microphone] = said.trim().split('\n');
    expect(extractor).toMatch(
      /^true AudioContextError audio-context AudioContext: is missing, expected a browser/,
    );
    expect(extractor).toMatch(/not on a server/);
    expect(processor).toBe(extractor);
    expect(microphone).toBe('true MicrophoneError');
  });
});
