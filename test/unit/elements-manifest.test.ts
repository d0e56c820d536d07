// custom-elements.json says all that a page's author may rely on: every public element with its attributes, events and parts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Named {
  readonly name: string;
  readonly description?: string;
}

interface Declaration {
  readonly tagName?: string;
  readonly description?: string;
  readonly attributes?: readonly Named[];
  readonly events?: readonly Named[];
  readonly cssParts?: readonly Named[];
  readonly cssProperties?: readonly Named[];
  readonly members?: readonly Named[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'crossmamba-manifest-'));
const manifest = new Map<string, Declaration>();

/** Element file -> its text, for those that register an element. */
const sources = new Map(
  readdirSync(path.join(ROOT, 'elements'), { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(ROOT, 'elements', file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/^define\('([\w-]+)'/gm)].map(([, tag]) => [tag, text] as const)),
);
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, match]) => match);
/** What colours, shapes and sets all of them. */
const THEME = matches(
  readFileSync(path.join(ROOT, 'components/shared/theme.styles.ts'), 'utf8'),
  /var\((--crossmamba-[\w-]+)/g,
).sort();
const names = (list: readonly Named[] = []) => list.map(({ name }) => name);

beforeAll(() => {
  const analyzer = path.join(ROOT, 'node_modules/.bin/cem');
  execFileSync(
    analyzer,
    ['analyze', '--config', 'scripts/elements-manifest.js', '--outdir', path.relative(ROOT, folder)],
    {
      cwd: ROOT,
      stdio: 'pipe',
    },
  );
  const { modules } = JSON.parse(readFileSync(path.join(folder, 'custom-elements.json'), 'utf8')) as {
    modules: { declarations: Declaration[] }[];
  };
  for (const declaration of modules.flatMap(({ declarations }) => declarations))
    if (declaration.tagName !== undefined) manifest.set(declaration.tagName, declaration);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('custom-elements.json', () => {
  it('lists every public element', () => {
    expect([...sources.keys()]).toEqual(expect.arrayContaining(['live-monitor', 'target-extractor']));
    expect([...manifest.keys()].sort()).toEqual([...sources.keys()].sort());
  });

  it.each([...sources.keys()])(
    'says what <%s> is for, and names its attributes, parts and, as their types do, events',
    (tag) => {
      const text = sources.get(tag)!;
      const declaration = manifest.get(tag)!;
      expect(declaration.description).toMatch(/\w{3}/);
      const attributes = matches(text, /^ {4}\w+: \{[^}]*attribute: '([\w-]+)'/gm);
      expect(names(declaration.attributes)).toEqual(expect.arrayContaining(attributes));
      expect(names(declaration.events)).toEqual(
        expect.arrayContaining(matches(text, /new CustomEvent(?:<[^(]*>)?\('([\w-]+)'/g)),
      );
      const typed = text.match(/^export interface \w+Events \{\n([\s\S]*?)^\}/m)?.[1] ?? '';
      expect(matches(typed, /^ {2}'?([\w-]+)'?: CustomEvent/gm).sort()).toEqual(
        names(declaration.events).sort(),
      );
      expect(names(declaration.cssParts)).toEqual(expect.arrayContaining(matches(text, / part="([\w-]+)"/g)));
      expect(names(declaration.cssProperties).sort()).toEqual(THEME);
      expect(names(declaration.members)).toContain('texts');
      expect(names(declaration.members).filter((name) => name.startsWith('#'))).toEqual([]);
    },
  );

  it('documents what a page sets and asks of <target-extractor>', () => {
    const declaration = manifest.get('target-extractor')!;
    expect(names(declaration.attributes).sort()).toEqual([
      'backend',
      'demo',
      'keep-recordings',
      'model',
      'slack-ms',
      'store',
    ]);
    expect(names(declaration.events).sort()).toEqual(['clue-change', 'error', 'ready', 'run-change']);
    expect(names(declaration.members)).toEqual(
      expect.arrayContaining(['track', 'extractor', 'start', 'stop', 'playDemo']),
    );
  });
});

describe('docs/elements.md', () => {
  const docs = readFileSync(path.join(ROOT, 'docs/elements.md'), 'utf8');
  const tables = docs.slice(docs.indexOf('## What each has'), docs.indexOf('## Look'));
  const tableOf = (tag: string) =>
    tables.split(/^\*\*`<(?=[\w-]+>`\*\*$)/m).find((text) => text.startsWith(`${tag}>`))!;
  /** Of every element, or not for a page's author. */
  const ELSEWHERE = ['extractor', 'texts', 'addEventListener', 'removeEventListener', 'focus', 'nextName'];

  it.each([...sources.keys()])('names all that <%s> has', (tag) => {
    const { attributes = [], events, cssParts, members } = manifest.get(tag)!;
    const table = tag === 'target-extractor' ? tableOf(tag) + tableOf('live-monitor') : tableOf(tag);
    const told = matches(table, /`([\w-]+)[`(]/g);
    const ofAttributes = attributes.map(({ name }) =>
      name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()),
    );
    const fields = names(members).filter((name) => !ofAttributes.includes(name) && !ELSEWHERE.includes(name));
    for (const name of [...names(attributes), ...names(events), ...names(cssParts), ...fields])
      expect(told, name).toContain(name);
  });
});
