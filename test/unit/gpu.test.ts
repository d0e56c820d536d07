// The WebGPU backend in Node, by npm `webgpu` on whatever Vulkan driver there is.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findNodeGpu } from '../../cli/node-gpu.ts';
import { GPU_TUNING } from '../../gpu/tuning.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { gpuCases } from '../browser/gpu-cases.ts';
import { randomClue, randomModel, UNEVEN } from '../browser/gpu-model.ts';
import { withDevice } from '../browser/gpu-wrappers.ts';
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

/** A device that computes nothing: it checks shaders, layouts and commands as a real one does. */
it('matrices of f16 as such: every kernel compiles and every command is valid where there is shader-f16', async ({
  skip,
}) => {
  const { create } = await import('webgpu').catch(() => ({ create: undefined }));
  const checking = create?.(['backend=null']);
  const checker = await checking?.requestAdapter();
  if (!checking || !checker?.features.has('shader-f16'))
    return skip('npm webgpu has no device that checks them');
  const errors: string[] = [];
  const backend = new WebGpuBackend({
    gpu: withDevice(checking, (device) => {
      device.onuncapturederror = ({ error }) => errors.push(error.message);
    }),
    tuning: GPU_TUNING,
  });
  await backend.load(randomModel(UNEVEN, { half: true }));
  backend.setClue(randomClue(1));
  expect(backend.format).toBe('f16');
  await backend.step(new Float32Array(514), new Float32Array(514));
  backend.destroy();
  expect(errors).toEqual([]);
}, 60_000);
