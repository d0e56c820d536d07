// The WebGPU backend in Node, by npm `webgpu` on whatever Vulkan driver there is.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'vitest';
import { findNodeGpu } from '../../cli/node-gpu.ts';
import { gpuCases } from '../browser/gpu-cases.ts';
import { report } from '../report.ts';

const TIMEOUT_MS = 300_000;
const GOLDEN = path.resolve(import.meta.dirname, '../golden');

const { gpu, reason } = await findNodeGpu();
const adapter = await gpu?.requestAdapter();
if (gpu && adapter) {
  report(reason);
  gpuCases({
    gpu,
    describe: (name, body) => void describe(`WebGPU in Node: ${name}`, body),
    it: (name, body) => it(name, body, TIMEOUT_MS),
    golden: async (file) => new Uint8Array(await readFile(path.join(GOLDEN, file))),
  });
} else {
  const why = gpu ? `${reason} has no adapter` : reason;
  report(`skipped: WebGPU in Node: ${why}`);
  it.skip(`WebGPU in Node: ${why}`, () => {});
}
