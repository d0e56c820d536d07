// Runs a bench's script in Node, or its worker in headless Chromium.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';
import { browserFlags } from '../../scripts/browser.js';
import { textModulesForEsbuild } from '../../scripts/plugins.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CACHE = path.join(ROOT, 'node_modules/.cache/bench');
/** Node 20 knows relaxed SIMD by this flag only. */
const RELAXED = '--experimental-wasm-relaxed-simd';
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
/** What scripts of Emscripten look for in Node, though they are modules. */
const COMMON_JS = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const __dirname = import.meta.dirname;`;
const TIMEOUT_MS = 1_800_000;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/** `bench/<entry>.ts` with all that it imports, for 'node' or 'browser' → the script's path. */
export async function bundle(entry, platform) {
  mkdirSync(CACHE, { recursive: true });
  const outfile = path.join(CACHE, `${entry}.js`);
  await build({
    entryPoints: [path.join(ROOT, `bench/${entry}.ts`)],
    ...{ outfile, platform, bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' },
    external: platform === 'node' ? ['onnxruntime-web', 'protobufjs', 'webgpu'] : [],
    banner: platform === 'node' ? { js: COMMON_JS } : {},
    plugins: [textModulesForEsbuild],
  });
  return outfile;
}

/** `bench/<entry>.ts` with one argument → what it prints, as an object. @throws Error with its `error`. */
export async function inNode(entry, argument) {
  const script = await bundle(entry, 'node');
  const knowsFlag = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).includes(RELAXED);
  const options = { encoding: 'utf8', maxBuffer: LARGEST_OUTPUT, timeout: TIMEOUT_MS };
  const flags = knowsFlag ? [RELAXED] : [];
  const printed = execFileSync(process.execPath, [...flags, script, JSON.stringify(argument)], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return resultOf(JSON.parse(printed));
}

function resultOf(result) {
  if (result.error) throw new Error(result.error);
  return result;
}

/** Served with cross-origin isolation: without it, a browser's clock ticks ten times a millisecond only. `files`: address → path. */
async function serve(files) {
  const server = createServer(({ url }, response) => {
    const file = files[url];
    const type = url.endsWith('.js') ? 'text/javascript' : 'application/octet-stream';
    const found = url === '/' || file !== undefined;
    response.writeHead(found ? 200 : 404, { ...ISOLATION, 'Content-Type': url === '/' ? 'text/html' : type });
    response.end(url === '/' ? '<!doctype html><title>bench</title>' : file && readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/**
 * `bench/<entry>.ts` as a worker that is posted `message` → the message that it posts.
 * `files`: address → path; `message`: the server's origin → what is posted. @throws Error with the worker's `error`.
 */
export async function inChromium(entry, { executablePath, files, message }) {
  const server = await serve({ ...files, '/worker.js': await bundle(entry, 'browser') });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await puppeteer.launch({
    ...{ executablePath, args: browserFlags(), protocolTimeout: TIMEOUT_MS },
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    const posted = await page.evaluate(
      (question) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.postMessage(question);
        }),
      message(origin),
    );
    return resultOf(posted);
  } finally {
    await browser.close();
    server.close();
  }
}
