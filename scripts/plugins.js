// One rule for the files that are not TypeScript, said three times: for Vite (pages, Vitest), for @web/test-runner and for esbuild.
// `x.wgsl` is text; `x.ts?bundled` is one self-contained script as text (an AudioWorklet module, free of bundler assumptions).
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const asModule = (text) => `export default ${JSON.stringify(text)};`;

/** Bundles a TypeScript entry into one script. */
async function bundled(entry) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
  });
  return result.outputFiles[0].text;
}

/** Vite and Vitest. */
export function textModules() {
  return {
    name: 'text-modules',
    enforce: 'pre',
    async load(id) {
      if (id.endsWith('.wgsl')) return asModule(await readFile(id, 'utf8'));
      if (id.endsWith('?bundled')) return asModule(await bundled(id.slice(0, -'?bundled'.length)));
      return null;
    },
  };
}

/** @web/test-runner. */
export function textModulesForTestRunner() {
  let root = process.cwd();
  return {
    name: 'text-modules',
    serverStart({ config }) {
      root = config.rootDir;
    },
    async serve(context) {
      const url = new URL(context.url, 'http://localhost');
      const file = path.join(root, decodeURIComponent(url.pathname));
      if (url.pathname.endsWith('.wgsl'))
        return { body: asModule(await readFile(file, 'utf8')), type: 'js' };
      if (url.search === '?bundled') return { body: asModule(await bundled(file)), type: 'js' };
      return undefined;
    },
  };
}

/** esbuild. */
export const textModulesForEsbuild = {
  name: 'text-modules',
  setup(builder) {
    builder.onLoad({ filter: /\.wgsl$/ }, async ({ path: file }) => ({
      contents: await readFile(file, 'utf8'),
      loader: 'text',
    }));
    builder.onResolve({ filter: /\?bundled$/ }, ({ path: request, resolveDir }) => ({
      path: path.resolve(resolveDir, request.slice(0, -'?bundled'.length)),
      namespace: 'bundled',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'bundled' }, async ({ path: file }) => ({
      contents: await bundled(file),
      loader: 'text',
    }));
  },
};
