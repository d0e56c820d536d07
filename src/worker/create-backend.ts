// Chooses where the network runs, and says why.
import { WasmUnavailableError, WebGpuUnavailableError, type DeviceLostError } from '../shared/errors.ts';
import type { Backend } from '../shared/backend.ts';
import type { Model } from '../shared/model.ts';
import type { BackendChoice } from '../shared/protocol.ts';
import { findAdapter } from '../../gpu/device.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { ReferenceBackend } from './reference/reference-backend.ts';

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
 * 'auto' takes a real GPU where there is one, else WebAssembly, else the reference.
 * @throws WebGpuUnavailableError where 'webgpu' is asked for and cannot be had.
 * @throws WasmUnavailableError where 'wasm' is asked for and cannot be had.
 * @throws ModelFileError where the model lacks a tensor.
 */
export async function createBackend(
  choice: BackendChoice,
  model: Model,
  options: BackendOptions = {},
): Promise<ChosenBackend> {
  if (choice === 'reference') return reference(model, 'the reference backend was asked for');
  if (choice === 'wasm') return wasm(model, 'WebAssembly was asked for');
  try {
    const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu;
    const adapter = await findAdapter(gpu);
    if (choice === 'auto' && adapter.software)
      return await onProcessor(
        model,
        `${adapter.description} is no real GPU: it computes on the processor, slower than WebAssembly does`,
      );
    const backend = new WebGpuBackend({ gpu, adapter, onDeviceLost: options.onDeviceLost });
    await backend.load(model);
    const asked = choice === 'webgpu' ? 'WebGPU was asked for' : 'a GPU is there';
    return { backend, reason: `${asked}: ${adapter.description}` };
  } catch (error) {
    if (choice === 'webgpu' || !(error instanceof WebGpuUnavailableError)) throw error;
    return onProcessor(model, error.message);
  }
}

/** WebAssembly, or where it cannot run, the reference. */
async function onProcessor(model: Model, reason: string): Promise<ChosenBackend> {
  try {
    return await wasm(model, reason);
  } catch (error) {
    if (!(error instanceof WasmUnavailableError)) throw error;
    return reference(model, `${reason}; ${error.message}`);
  }
}

async function wasm(model: Model, reason: string): Promise<ChosenBackend> {
  const backend = new WasmBackend();
  await backend.load(model);
  return { backend, reason: `${reason}: ${backend.description}` };
}

async function reference(model: Model, reason: string): Promise<ChosenBackend> {
  const backend = new ReferenceBackend();
  await backend.load(model);
  return { backend, reason };
}
