// Chooses where the network runs, and says why.
import { WebGpuUnavailableError, type DeviceLostError } from '../shared/errors.ts';
import type { Backend } from '../shared/backend.ts';
import type { Model } from '../shared/model.ts';
import { findAdapter } from '../../gpu/device.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { ReferenceBackend } from './reference/reference-backend.ts';

/** 'auto' takes a real GPU where there is one, else the reference. */
export type BackendChoice = 'auto' | 'webgpu' | 'reference';

export interface BackendOptions {
  /** Stands in for `navigator.gpu`. */
  readonly gpu?: GPU;
  /** Told once when the GPU's device is lost; the backend's steps fail from then on. */
  readonly onDeviceLost?: (error: DeviceLostError) => void;
}

export interface ChosenBackend {
  /** It has loaded the model. */
  readonly backend: Backend;
  /** For people. */
  readonly reason: string;
}

/**
 * @throws WebGpuUnavailableError where 'webgpu' is asked for and cannot be had.
 * @throws ModelFileError where the model lacks a tensor.
 */
export async function createBackend(
  choice: BackendChoice,
  model: Model,
  options: BackendOptions = {},
): Promise<ChosenBackend> {
  if (choice === 'reference') return reference(model, 'the reference backend was asked for');
  try {
    const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu;
    const adapter = await findAdapter(gpu);
    if (choice === 'auto' && adapter.software)
      return await reference(
        model,
        `${adapter.description} is no real GPU: it computes on the processor, slower than the reference does`,
      );
    const backend = new WebGpuBackend({ gpu, adapter, onDeviceLost: options.onDeviceLost });
    await backend.load(model);
    const asked = choice === 'webgpu' ? 'WebGPU was asked for' : 'a GPU is there';
    return { backend, reason: `${asked}: ${adapter.description}` };
  } catch (error) {
    if (choice === 'webgpu' || !(error instanceof WebGpuUnavailableError)) throw error;
    return reference(model, error.message);
  }
}

async function reference(model: Model, reason: string): Promise<ChosenBackend> {
  const backend = new ReferenceBackend();
  await backend.load(model);
  return { backend, reason };
}
