// Builds what the npm package carries: `npm run build:package`.
//   dist/lib     for bundlers: lit, comlink and idb stay imports     dist/web     for a page without a bundler: everything inside, minified
//   dist/worker  the engine, one script for both                     dist/types   one declaration file for each entry point
//   dist/THIRD-PARTY-NOTICES.txt   the licences of what is inside dist/web and dist/worker
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { noticesOf } from './notices.js';
import { textModulesForEsbuild } from './plugins.js';

const ENTRIES = { index: 'src/index.ts', elements: 'elements/index.ts' };
const NOTICES = 'THIRD-PARTY-NOTICES.txt';
const COMMON = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
};

/** The package's addresses of worker and model in the place of those of the sources. */
const packagedParts = {
  name: 'packaged-parts',
  setup(builder) {
    builder.onResolve({ filter: /\/default-parts\.ts$/ }, ({ path: request, resolveDir }) => ({
      path: path.resolve(resolveDir, request.replace('default-parts', 'packaged-parts')),
    }));
  },
};

/** Returns the metafile. */
async function scripts(outdir, options) {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ENTRIES,
    outdir,
    splitting: true,
    plugins: [packagedParts, textModulesForEsbuild],
    ...options,
  });
  // Importing the elements registers them; the library that nobody uses may be left out. Here, for it is not true of the sources.
  writeFileSync(
    `${outdir}/package.json`,
    JSON.stringify({ type: 'module', sideEffects: ['./elements.js'] }) + '\n',
  );
  return metafile;
}

/** Returns the metafile. */
async function worker(outdir) {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ['src/worker/worker.ts'],
    outdir,
    minify: true,
    plugins: [textModulesForEsbuild],
  });
  return metafile;
}

async function types(outdir) {
  const bundle = await rollup({
    input: ENTRIES,
    plugins: [dts({ tsconfig: 'elements/tsconfig.json' })],
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    onwarn: ({ code, message }) => {
      // Importing an element registers it; types know nothing of that.
      if (code !== 'EMPTY_BUNDLE' && code !== 'UNUSED_EXTERNAL_IMPORT') console.warn(message);
    },
  });
  await bundle.write({
    dir: outdir,
    entryFileNames: '[name].d.ts',
    chunkFileNames: '[name].d.ts',
    // Extractor may be disposed of by `await using`.
    banner: '/// <reference lib="esnext.disposable" />',
    // What lit passes on of it; it is no dependency of ours.
    paths: { 'lit-html': 'lit' },
  });
  await bundle.close();
}

mkdirSync('dist', { recursive: true });
// Who packs meanwhile sees the old folders or the new ones, whole.
const unfinished = mkdtempSync('dist/.package-');
try {
  const [web, engine] = await Promise.all([
    scripts(`${unfinished}/web`, { minify: true }),
    worker(`${unfinished}/worker`),
    scripts(`${unfinished}/lib`, { packages: 'external' }),
    types(`${unfinished}/types`),
  ]);
  writeFileSync(`${unfinished}/${NOTICES}`, noticesOf([web, engine]));
  for (const name of ['lib', 'web', 'worker', 'types', NOTICES]) {
    rmSync(`dist/${name}`, { recursive: true, force: true });
    renameSync(`${unfinished}/${name}`, `dist/${name}`);
  }
} finally {
  rmSync(unfinished, { recursive: true, force: true });
}
