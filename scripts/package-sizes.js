// What a page loads of the package, in bytes: `npm run build:package:sizes` writes the table of docs/embedding.md.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildWasm } from './build-wasm.js';

const KIB = 1024;
const DOCUMENT = 'docs/embedding.md';
const MARKS = ['<!-- sizes -->\n', '<!-- /sizes -->'];

/** A script with all that it imports, each once. */
async function withImports(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = await readFile(file, 'utf8');
  const parts = [Buffer.from(text)];
  for (const [, other] of text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g))
    parts.push(...(await withImports(path.join(path.dirname(file), other), seen)));
  return parts;
}

export async function packageSizes(folder) {
  const script = (file) => withImports(path.join(folder, file));
  const model = path.join(folder, 'public/models/speaker-base/model.safetensors');
  const kernels = await Promise.all([buildWasm(['simd']), buildWasm(['simd', 'relaxed-simd'])]);
  const pieces = [
    ['library, with the audio processor', await script('dist/web/index.js'), 32 * KIB],
    ['library and elements, with Lit', await script('dist/web/elements.js'), 88 * KIB],
    ['worker, with both kernels below', await script('dist/worker/worker.js'), 54 * KIB],
    ['WebAssembly kernels, SIMD', [kernels[0]], 4 * KIB],
    ['WebAssembly kernels, relaxed SIMD', [kernels[1]], 4 * KIB],
    ['model', [await readFile(model)], 6 * KIB * KIB],
  ];
  return pieces.map(([what, parts, ceiling]) => ({
    what,
    bytes: sum(parts.map(({ length }) => length)),
    gzipped: sum(parts.map((part) => gzipSync(part, { level: 9 }).length)),
    ceiling,
  }));
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

export function sizeTable(sizes) {
  const kib = (bytes) => (bytes / KIB).toFixed(1);
  return [
    '| what a page loads | KiB | gzipped, KiB | ceiling, gzipped |',
    '|---|---|---|---|',
    ...sizes.map(
      ({ what, bytes, gzipped, ceiling }) =>
        `| ${what} | ${kib(bytes)} | ${kib(gzipped)} | ${ceiling / KIB} |`,
    ),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = sizeTable(await packageSizes('.'));
  const text = await readFile(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(MARKS[0]) + MARKS[0].length, text.indexOf(MARKS[1])];
  await writeFile(DOCUMENT, `${text.slice(0, from)}\n${table}\n${text.slice(to)}`);
  console.log(table);
}
