// One rule for the files that are not TypeScript, said three times: for Vite (pages, Vitest), for @web/test-runner and for esbuild.
// `x.wgsl` is text; `x.ts?bundled` is one self-contained script as text (an AudioWorklet module, free of bundler assumptions);
// `x?text` is any file as text; `index.ts?wasm` and `index.ts?wasm-relaxed` are the kernels of wasm/assembly, compiled, in base64.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { buildWasm } from './build-wasm.js';

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

/** What a query makes of a file: its path -> text. */
const BY_QUERY = {
  '?bundled': bundled,
  '?wasm': () => base64(['simd']),
  '?text': (file) => readFile(file, 'utf8'),
  '?wasm-relaxed': () => base64(['simd', 'relaxed-simd']),
};

async function base64(features) {
  return (await buildWasm(features)).toString('base64');
}

/** `file?query` -> [file, what makes text of it], or undefined where this is none of ours. */
function parse(request) {
  const at = request.lastIndexOf('?');
  const make = at < 0 ? undefined : BY_QUERY[request.slice(at)];
  return make && [request.slice(0, at), make];
}

/** Vite and Vitest. */
export function textModules() {
  return {
    name: 'text-modules',
    enforce: 'pre',
    async load(id) {
      if (id.endsWith('.wgsl')) return asModule(await readFile(id, 'utf8'));
      const [file, make] = parse(id) ?? [];
      return make ? asModule(await make(file)) : null;
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
      if (url.pathname.endsWith('.wgsl')) return { body: asModule(await readFile(file, 'utf8')), type: 'js' };
      const make = BY_QUERY[url.search];
      return make && { body: asModule(await make(file)), type: 'js' };
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
    builder.onResolve({ filter: /\?(bundled|text|wasm|wasm-relaxed)$/ }, ({ path: request, resolveDir }) => ({
      // As it stands in source maps: without this machine's folders.
      path: path.relative(process.cwd(), path.resolve(resolveDir, request)),
      namespace: 'made',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'made' }, async ({ path: request }) => {
      const [file, make] = parse(request);
      return { contents: await make(file), loader: 'text' };
    });
  },
};
