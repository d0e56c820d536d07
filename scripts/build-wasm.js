// Compiles wasm/assembly with AssemblyScript. What is compiled is kept by the digest of its sources: the compiler needs a second, and every
// tool that imports the kernels (Vite, Vitest, @web/test-runner, esbuild) asks for them.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const CACHE = path.join(ROOT, 'node_modules/.cache/wasm');
const FOLDER = 'wasm/assembly';
const ENTRY = `${FOLDER}/index.ts`;
/** AS112 warns of exported functions that take v128: none of them is called from JavaScript. */
const OPTIONS = ['--runtime', 'stub', '--noAssert', '--use', 'abort=', '-O3', '--disableWarning', '112'];

/** `features`: WebAssembly's, as `asc --enable` takes them -> the binary. Throws an Error with the compiler's complaints. */
export async function buildWasm(features) {
  const options = [...OPTIONS, '--enable', features.join(',')];
  const sources = [
    'wasm/operations.ts',
    ...readdirSync(path.join(ROOT, FOLDER)).map((file) => `${FOLDER}/${file}`),
  ];
  const digest = createHash('sha256');
  digest.update(createRequire(import.meta.url)('assemblyscript/package.json').version);
  digest.update(options.join(' '));
  for (const file of sources) digest.update(file).update(readFileSync(path.join(ROOT, file)));
  const cached = path.join(CACHE, `${digest.digest('hex')}.wasm`);
  try {
    return readFileSync(cached);
  } catch {
    const binary = await compile(options);
    // Others may compile the same at the same time: each sees a whole file or none.
    const unfinished = `${cached}.${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(unfinished, binary);
    renameSync(unfinished, cached);
    return binary;
  }
}

async function compile(options) {
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main([ENTRY, '--baseDir', ROOT, '--outFile', 'step.wasm', ...options], {
    writeFile: (_name, contents) => (binary = contents),
  });
  if (error !== null) throw new Error(`${ENTRY} does not compile\n${stderr.toString()}`);
  return Buffer.from(binary);
}
