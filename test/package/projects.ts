// Projects that depend on the package: Vite, webpack, and a page that has no bundler at all, the same few lines in each; and a strict one in
// TypeScript.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build as buildWithVite } from 'vite';
import webpack from 'webpack';

const MAIN = (specifier: (entry: '' | '/elements') => string) => `
import * as library from '${specifier('')}';
import '${specifier('/elements')}';
globalThis.library = library;
`;

/** `kind`: how the script is loaded; what webpack makes is no module. */
const PAGE = (script: string, kind = 'type="module"') => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>A project that uses the package</title>
    <link rel="icon" href="data:," />
    <script ${kind} src="${script}"></script>
  </head>
  <body>
    <target-extractor backend="wasm" slack-ms="200"></target-extractor>
  </body>
</html>
`;

export interface Project {
  /** What is served: place at the site -> folder. */
  readonly folders: Readonly<Record<string, string>>;
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const byName = (entry: string) => `crossmamba-web${entry}`;

/** As `npm create vite` makes them: no configuration. */
export async function viteSources(projects: string): Promise<string> {
  const files = {
    'main.js': MAIN(byName),
    'index.html': PAGE('/main.js'),
    'package.json': '{"type":"module"}',
  };
  return write(path.join(projects, 'vite'), files);
}

export async function viteProject(projects: string): Promise<Project> {
  const root = await viteSources(projects);
  await buildWithVite({ root, configFile: false, logLevel: 'error', build: { target: 'es2022' } });
  return { folders: { '/': path.join(root, 'dist') } };
}

/** Bundles `main` into dist/. Rejects with the errors and warnings, if there are any. */
export async function bundleWithWebpack(root: string): Promise<void> {
  const stats = await new Promise<webpack.Stats>((resolve, reject) =>
    webpack(
      {
        mode: 'production',
        context: root,
        entry: './main.js',
        output: { path: path.join(root, 'dist') },
        performance: false,
      },
      (error, result) => (error ? reject(error) : resolve(result!)),
    ),
  );
  if (stats.hasErrors() || stats.hasWarnings())
    throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
}

export async function webpackProject(projects: string): Promise<Project> {
  const root = await write(path.join(projects, 'webpack'), {
    'main.js': MAIN(byName),
    'package.json': '{"type":"module"}',
  });
  await bundleWithWebpack(root);
  await write(path.join(root, 'dist'), { 'index.html': PAGE('main.js', 'defer') });
  return { folders: { '/': path.join(root, 'dist') } };
}

/** The package's folder is served as it is; the page imports out of it. `packageAt`: another origin, for one. */
export async function plainProject(projects: string, packageAt = '/crossmamba-web'): Promise<Project> {
  const root = await write(path.join(projects, `plain-${encodeURIComponent(packageAt)}`), {
    'main.js': MAIN((entry) => `${packageAt}/dist/web${entry || '/index'}.js`),
    'index.html': PAGE('main.js'),
  });
  return { folders: { '/': root, '/crossmamba-web/': path.join(projects, 'node_modules/crossmamba-web') } };
}

/** What the compiler says of `files` in a strict project; nothing where they are right. */
export async function typeErrors(
  folder: string,
  files: Readonly<Record<string, string>>,
  resolution: 'bundler' | 'node16' = 'bundler',
): Promise<string> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2024', 'dom', 'dom.iterable'],
    types: [],
    module: resolution === 'bundler' ? 'esnext' : 'node16',
    moduleResolution: resolution,
  };
  await write(folder, {
    ...files,
    'package.json': '{"type":"module"}',
    'tsconfig.json': JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  try {
    return execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
