// What the tarball carries, and how it behaves without a browser: imports in Node, types, the command line, sizes.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { packageSizes, sizeTable, type Size } from '../../scripts/package-sizes.js';
import { report } from '../report.ts';
import { bundleWithWebpack, typeErrors } from './projects.ts';
import { DEMO } from './visit.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let projects: string;
let home: string;

beforeAll(() => {
  projects = inject('projects');
  home = path.join(projects, 'node_modules/crossmamba-web');
});

/** In a plain Node, where a project depends on the package. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, {
    cwd: projects,
    encoding: 'utf8',
    timeout: 100_000,
    stdio: 'pipe',
  });
}

async function project(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = path.join(projects, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  return folder;
}

describe('the tarball', () => {
  it('carries what is used, and no sources beside it', async () => {
    expect((await readdir(home)).sort()).toEqual(
      ['LICENSE', 'README.md', 'custom-elements.json', 'dist', 'docs', 'package.json', 'public'].sort(),
    );
    expect((await readdir(path.join(home, 'dist'))).sort()).toEqual([
      'THIRD-PARTY-NOTICES.txt',
      'cli.js',
      'lib',
      'types',
      'web',
      'worker',
    ]);
  });

  it('carries the licence of all code in its scripts that is not ours', () => {
    const notices = readFileSync(path.join(home, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['lit', 'lit-html', 'lit-element', '@lit/reactive-element', 'comlink', 'idb']) {
      const { version, license } = JSON.parse(
        readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
      );
      expect(notices).toContain(`${name} ${version} (${license})\n\n`);
    }
    expect(notices).toContain('Copyright (c) 2016, Jake Archibald');
  });

  it('has what its documents show and link to, but for training and raw figures, which the repository has', async () => {
    const files = await readdir(home, { recursive: true });
    const documents = files.filter((file) => file.endsWith('.md'));
    expect(documents).toContain(path.join('docs', 'library.md'));
    for (const document of documents) {
      const text = await readFile(path.join(home, document), 'utf8');
      for (const [, link] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        const target = path.join(path.dirname(document), link);
        if (/^[a-z]+:/.test(link) || /^train\/|\.json$/.test(target)) continue;
        expect(existsSync(path.join(home, target)), `${document}: ${link}`).toBe(true);
      }
    }
  });

  it('has every file that package.json names', () => {
    const { exports, bin, customElements, types } = JSON.parse(
      readFileSync(path.join(home, 'package.json'), 'utf8'),
    );
    const named = [customElements, types, ...Object.values(bin), ...Object.values(exports)] as (
      string | object
    )[];
    const files = named.flatMap((one) => (typeof one === 'string' ? one : (Object.values(one) as string[])));
    for (const file of files.filter((one) => !one.includes('*')))
      expect(existsSync(path.join(home, file)), file).toBe(true);
  });

  it('names no folder of the machine that made it', async () => {
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true }))
      if (/\.(js|map|ts|json)$/.test(entry.name)) {
        const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
        expect(text.includes(ROOT), entry.name).toBe(false);
      }
  });

  it('describes and registers the same elements', () => {
    const modules = JSON.parse(readFileSync(path.join(home, 'custom-elements.json'), 'utf8')).modules as {
      path: string;
      declarations: { name: string; tagName?: string }[];
    }[];
    const described = modules
      .flatMap(({ declarations }) => declarations)
      .filter(({ tagName }) => tagName !== undefined);
    const exported = node(
      '--input-type=module',
      '--eval',
      "console.log(Object.keys(await import('crossmamba-web/elements')).join(' '))",
    );
    expect(described.length).toBeGreaterThan(3);
    for (const { path: file } of modules) expect(existsSync(path.join(home, file)), file).toBe(true);
    for (const { name } of described) expect(exported.split(/\s+/)).toContain(name);
  });
});

describe('without a browser', () => {
  it('is imported, both entry points, and lets Node end', () => {
    const said = node(
      '--input-type=module',
      '--eval',
      `import { createExtractor, Extractor } from 'crossmamba-web';
       import { TargetExtractor } from 'crossmamba-web/elements';
       const refused = await createExtractor().catch((error) => error.name);
       console.log(typeof Extractor, typeof TargetExtractor, refused);`,
    );
    expect(said.trim()).toBe('function function AudioContextError');
  });

  it('resolves the model and custom-elements.json by name', () => {
    const { resolve } = createRequire(path.join(projects, 'any.js'));
    for (const name of [
      'models/speaker-base/config.json',
      'models/speaker-base/model.safetensors',
      'custom-elements.json',
      'package.json',
    ])
      expect(existsSync(resolve(`crossmamba-web/${name}`))).toBe(true);
    expect(() => resolve('crossmamba-web/dist/lib/index.js')).toThrow();
  });

  it('has a command line that works where it was installed', () => {
    const out = path.join(projects, 'out.wav');
    const files = [
      '--mixture',
      `${DEMO}/mixture.wav`,
      '--enrollment',
      `${DEMO}/enrollment.wav`,
      '--out',
      out,
    ];
    node(path.join(home, 'dist/cli.js'), 'extract', ...files, '--backend', 'wasm');
    expect(readFileSync(out).length).toBe(readFileSync(`${DEMO}/mixture.wav`).length);
  });
});

describe('types', () => {
  it.each(['bundler', 'node16'] as const)(
    'are found and are whole for a strict project with moduleResolution %s',
    async (resolution) => {
      const main = `
import { createExtractor, type Extractor, type ExtractorStats } from 'crossmamba-web';
import type { TargetExtractor, TargetExtractorEvents } from 'crossmamba-web/elements';
import 'crossmamba-web/elements';
const extractor: Extractor = await createExtractor({ backend: 'wasm' });
extractor.on('stats', (stats: ExtractorStats) => stats.hops.toFixed());
const element: TargetExtractor = document.querySelector('target-extractor')!;
const track: MediaStreamTrack | null = element.track;
export { track };
const onError = ({ detail }: TargetExtractorEvents['error']) => detail.error.message;
element.addEventListener('error', onError);
element.removeEventListener('error', onError);
element.addEventListener('click', ({ clientX }) => clientX.toFixed());
element.addEventListener('run-change', function ({ detail }) { return [this.track, detail.state === 'running']; });
element.addEventListener('an-event-of-yours', { handleEvent() {} });
const any: HTMLElement = element;
any.addEventListener('focus', () => {});
// @ts-expect-error there is no such backend
void createExtractor({ backend: 'none' });
// @ts-expect-error there is no such state
element.addEventListener('run-change', ({ detail }) => detail.state === 'walking');
`;
      const folder = path.join(projects, `types-${resolution}`);
      expect(await typeErrors(folder, { 'main.ts': main }, resolution)).toBe('');
    },
  );
});

describe('sizes', () => {
  let sizes: Size[];
  beforeAll(async () => {
    sizes = await packageSizes(home);
    report(sizeTable(sizes));
  });

  it('stay under their ceilings', () => {
    for (const { what, gzipped, ceiling } of sizes) expect(gzipped, what).toBeLessThanOrEqual(ceiling);
  });

  it('are those of docs/embedding.md, to a tenth', () => {
    const written = readFileSync(path.join(ROOT, 'docs/embedding.md'), 'utf8');
    for (const { what, gzipped } of sizes) {
      const row = written.split('\n').find((line) => line.startsWith(`| ${what} |`));
      expect(row, what).toBeDefined();
      const stated = Number(row!.split('|')[3]) * 1024;
      expect(Math.abs(stated - gzipped), `${what}: run npm run build:package:sizes`).toBeLessThan(
        0.1 * gzipped + 256,
      );
    }
  });

  it('are only what is used: one function of the library is a small bundle', async () => {
    const folder = await project('small', {
      'package.json': '{"type":"module"}',
      'main.js': "import { dbToStrength } from 'crossmamba-web';\nconsole.log(dbToStrength(6));\n",
    });
    await bundleWithWebpack(folder);
    expect(readFileSync(path.join(folder, 'dist/main.js')).length).toBeLessThan(12 * 1024);
  });
});
