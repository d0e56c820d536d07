// Builds the backend that was asked for, with what takes over when it is lost, and says why it is this one.
import { WasmUnavailableError } from '../shared/errors.ts';
import type { Backend } from '../shared/backend.ts';
import type { Model } from '../shared/model.ts';
import type { BackendChoice } from '../shared/protocol.ts';
import { findAdapter } from '../../gpu/device.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { autoBackend } from './auto-backend.ts';
import { checkChoice, type BackendOptions, type ChosenBackend, type Makers } from './backend-options.ts';
import { ReferenceBackend } from './reference/reference-backend.ts';
import { breather } from './slices.ts';

const PROCESSOR = { wasm: () => new WasmBackend(), reference: () => new ReferenceBackend() };

/**
 * 'auto' takes what a trial shows to be faster of WebGPU on a real GPU and WebAssembly; the reference where neither can be had.
 * @throws WebGpuUnavailableError where 'webgpu' is asked for and cannot be had.
 * @throws WasmUnavailableError where 'wasm' is asked for and cannot be had.
 * @throws ModelFileError where the model lacks a tensor.
 * @throws InputError where there is no such backend.
 */
export async function createBackend(
  choice: BackendChoice,
  model: Model,
  options: BackendOptions = {},
): Promise<ChosenBackend> {
  checkChoice(choice);
  const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu;
  const make: Makers = {
    ...PROCESSOR,
    webgpu: (adapter) => new WebGpuBackend({ gpu, adapter }),
    ...options.make,
  };
  if (choice === 'auto') return autoBackend(model, gpu, make, options);
  if (choice === 'webgpu') {
    const adapter = await findAdapter(gpu);
    const backend = await loaded(make.webgpu(adapter), model);
    const standby = options.standby ? await createStandby(model, make) : undefined;
    return { backend, standby, reason: `WebGPU was asked for: ${adapter.description}`, trial: null };
  }
  const backend = await loaded(make[choice](), model);
  const name = choice === 'wasm' ? 'WebAssembly' : 'the reference backend';
  return { backend, reason: `${name} was asked for: ${backend.description}`, trial: null };
}

/** What carries on without a GPU: WebAssembly, or where that cannot run, the reference. */
export async function createStandby(
  model: Model,
  make: Pick<Makers, 'wasm' | 'reference'> = PROCESSOR,
): Promise<Backend> {
  try {
    return await loaded(make.wasm(), model);
  } catch (error) {
    if (!(error instanceof WasmUnavailableError)) throw error;
    return loaded(make.reference(), model);
  }
}

/** In pieces: another backend may be live meanwhile. */
async function loaded(backend: Backend, model: Model): Promise<Backend> {
  await backend.load(model, breather());
  return backend;
}
