// The WebAssembly backend in Node, and what happens where it cannot run.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { folderSource } from '../../cli/folder-source.ts';
import { WasmUnavailableError } from '../../src/shared/errors.ts';
import { createBackend } from '../../src/worker/create-backend.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { flavours, instantiate } from '../../wasm/binary.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { wasmCases } from '../browser/wasm-cases.ts';
import { report } from '../report.ts';
import { noise } from './seeded.ts';
import { syntheticClue, syntheticModel, TINY } from './synthetic-model.ts';

const SHIPPED = path.resolve(import.meta.dirname, '../../public/models/speaker-base');
/** Of f32. */
const SMALLEST_NORMAL = 2 ** -126;
const TIMEOUT_MS = 300_000;
const GOLDEN = path.resolve(import.meta.dirname, '../golden');

for (const flavour of ['simd', 'relaxed-simd'] as const)
  if (flavours().includes(flavour))
    wasmCases({
      flavour,
      describe: (name, body) => void describe(`WebAssembly in Node, ${flavour}: ${name}`, body),
      it: (name, body) => it(name, body, TIMEOUT_MS),
      golden: async (file) => new Uint8Array(await readFile(path.join(GOLDEN, file))),
    });
  else {
    const why = `Node ${process.version} does not run it; the browser tests do`;
    report(`skipped: WebAssembly in Node, ${flavour}: ${why}`);
    it.skip(`WebAssembly in Node, ${flavour}: ${why}`, () => {});
  }

/** Bytes a hop: two boxed numbers of 16, which the compiler makes of the running level where it does not inline; a view takes 100. */
const HEAP_TOLERANCE = 40;

it('makes no object in a hop: a boxed number at most', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const backend = new WasmBackend();
  await backend.load(syntheticModel(TINY));
  backend.setClue(syntheticClue(1));
  const spectrum = noise(514, 1);
  const estimate = new Float32Array(514);
  const hops = 20_000;
  const growth = [0, 1, 2, 3, 4, 5].map(() => {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let t = 0; t < hops; t++) backend.step(spectrum, estimate);
    return (process.memoryUsage().heapUsed - before) / hops;
  });
  report(`heap: ${growth.map((bytes) => bytes.toFixed(1)).join(', ')} bytes a hop, ${hops} hops each`);
  // The first hops are still being compiled. The median: a collection in between would hide what was made.
  const median = growth.slice(1).sort((x, y) => x - y)[2];
  expect(median).toBeLessThan(HEAP_TOLERANCE);
}, 300_000);

it('the shipped model: after speech-like noise and 30 s of silence no state is subnormal, which would slow every hop', async () => {
  const model = await loadModel(folderSource(SHIPPED));
  const backend = new WasmBackend();
  await backend.load(model);
  backend.setClue(syntheticClue(1));
  const estimate = new Float32Array(514);
  const silence = new Float32Array(514);
  for (let t = 0; t < 1000; t++) backend.step(noise(514, t, 3), estimate);
  for (let t = 0; t < 3750; t++) backend.step(silence, estimate);
  const { conv_state, ssm_state } = await backend.snapshot();
  const magnitudes = [...conv_state, ...ssm_state].flatMap((state) => [...state.map(Math.abs)]);
  const subnormal = magnitudes.filter((value) => value > 0 && value < SMALLEST_NORMAL);
  const smallest = magnitudes.reduce(
    (least, value) => (value > 0 ? Math.min(least, value) : least),
    Infinity,
  );
  report(
    `after silence: ${subnormal.length} of ${magnitudes.length} states subnormal, the smallest ${smallest.toExponential(0)}`,
  );
  expect(subnormal).toHaveLength(0);
}, 300_000);

describe('where WebAssembly cannot run', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  const model = syntheticModel(TINY);
  const none = { requestAdapter: async () => null } as unknown as GPU;
  const withoutSimd = () => vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('without SIMD: a named error that says so', async () => {
    withoutSimd();
    const error = await failure(new WasmBackend().load(model));
    expect(error).toBeInstanceOf(WasmUnavailableError);
    expect(String(error)).toMatch(/expected WebAssembly with 128-bit SIMD, got WebAssembly without SIMD/);
    expect(await failure(createBackend('wasm', model, { gpu: none }))).toBeInstanceOf(WasmUnavailableError);
  });

  it('without WebAssembly: a named error that says so', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const error = await failure(instantiate());
    expect(error).toBeInstanceOf(WasmUnavailableError);
    expect(String(error)).toMatch(/no WebAssembly/);
  });

  it('where compilation is forbidden: a named error that tells what the page needs', async () => {
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new WebAssembly.CompileError('blocked by CSP'));
    const error = await failure(instantiate());
    expect(error).toBeInstanceOf(WasmUnavailableError);
    expect(String(error)).toMatch(/blocked by CSP.*wasm-unsafe-eval/);
  });

  it('auto falls back to the reference and tells both reasons', async () => {
    const fast = await createBackend('auto', model, { gpu: none });
    expect([fast.backend.name, fast.reason]).toEqual([
      'wasm',
      expect.stringMatching(/no adapter.*WebAssembly with/),
    ]);
    withoutSimd();
    const slow = await createBackend('auto', model, { gpu: none });
    expect(slow.backend.name).toBe('reference');
    expect(slow.reason).toMatch(/no adapter.*WebAssembly without SIMD/);
  });
});
