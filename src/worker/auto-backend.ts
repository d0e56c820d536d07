// backend: 'auto': WebAssembly or WebGPU, whichever a paced trial on this machine shows to have the lower p99.
import { WasmUnavailableError } from '../shared/errors.ts';
import type { Backend } from '../shared/backend.ts';
import type { Model } from '../shared/model.ts';
import type { TrialReport } from '../shared/protocol.ts';
import { findAdapter, type Adapter } from '../../gpu/device.ts';
import type { BackendOptions, ChosenBackend, Makers } from './backend-options.ts';
import { findingOf } from './finding.ts';
import { breather } from './slices.ts';
import { runTrial } from './trial.ts';
import type { Machine, Verdict } from './verdict-store.ts';

/**
 * WebGPU must be this much below WebAssembly's p99. Near a tie WebAssembly is the better one to live with: it cannot be lost, its
 * steps are done when they return, and the GPU is left to the page and the call.
 */
const WEBGPU_SHARE = 0.8;
/** Kernels agree far better than this, whatever they keep their weights in; a driver that computes something else does not. */
const LARGEST_DIFFERENCE = 0.02;

/** Never fails for want of a GPU or of WebAssembly: the reason tells what was wanting. @throws ModelFileError */
export async function autoBackend(
  model: Model,
  gpu: GPU | undefined,
  make: Makers,
  options: BackendOptions,
): Promise<ChosenBackend> {
  const adapter = await findAdapter(gpu).catch((error: Error) => error);
  const unfit =
    adapter instanceof Error
      ? findingOf(adapter)
      : adapter.software && !options.trySoftware
        ? `${adapter.description} is no real GPU: it computes on the processor, slower than WebAssembly does`
        : undefined;
  const wasm = await wasmBackend(model, make);
  if (wasm instanceof WasmUnavailableError)
    return withoutWasm(model, make, unfit === undefined ? (adapter as Adapter) : unfit, findingOf(wasm));
  if (unfit !== undefined) return only(wasm, `${unfit}: ${wasm.description}`);
  return better(model, wasm, adapter as Adapter, make, options);
}

async function better(
  model: Model,
  wasm: Backend,
  adapter: Adapter,
  make: Makers,
  options: BackendOptions,
): Promise<ChosenBackend> {
  const { description } = adapter;
  const machine: Machine = {
    browser: (globalThis.navigator as { userAgent?: string } | undefined)?.userAgent ?? 'unknown',
    adapter: description,
    model: model.config.tensors.sha256,
  };
  const kept = await options.verdicts?.read(machine);
  const report = ({ wasm, webgpu }: Verdict): TrialReport => ({ wasm, webgpu, kept: kept !== undefined });
  if (kept !== undefined && !webGpuWins(kept))
    return { backend: wasm, reason: inWords(kept, description, true), trial: report(kept) };

  const webgpu = make.webgpu(adapter);
  let verdict: Verdict;
  try {
    await webgpu.load(model, breather());
    verdict = kept ?? (await runTrial({ wasm, webgpu }, model, options.clock));
  } catch (error) {
    // WebAssembly has loaded the same model: what failed is the GPU's.
    webgpu.destroy();
    return only(wasm, `${findingOf(error)}: ${wasm.description}`);
  }
  if (kept === undefined) await options.verdicts?.write(machine, verdict);
  const wins = webGpuWins(verdict);
  const standby = wins && options.standby ? wasm : undefined;
  if (standby === undefined) (wins ? wasm : webgpu).destroy();
  else wasm.reset();
  return {
    backend: wins ? webgpu : wasm,
    standby,
    reason: inWords(verdict, description, kept !== undefined),
    trial: report(verdict),
  };
}

async function wasmBackend(model: Model, make: Makers): Promise<Backend | WasmUnavailableError> {
  const backend = make.wasm();
  try {
    await backend.load(model, breather());
    return backend;
  } catch (error) {
    if (error instanceof WasmUnavailableError) return error;
    throw error;
  }
}

/** WebGPU untried, as the reference is no rival; the reference where that cannot be had. `adapter`: or why there is none. */
async function withoutWasm(
  model: Model,
  make: Makers,
  adapter: Adapter | string,
  why: string,
): Promise<ChosenBackend> {
  let unfit = adapter;
  if (typeof adapter !== 'string') {
    const backend = make.webgpu(adapter);
    try {
      await backend.load(model, breather());
      return only(backend, `${why}: ${adapter.description}`);
    } catch (error) {
      backend.destroy();
      unfit = findingOf(error);
    }
  }
  const backend = make.reference();
  await backend.load(model, breather());
  return only(backend, `${String(unfit)}; ${why}: ${backend.description}`);
}

function only(backend: Backend, reason: string): ChosenBackend {
  return { backend, reason, trial: null };
}

/** A comparison that is false where a figure is NaN. */
function webGpuWins({ wasm, webgpu, difference }: Verdict): boolean {
  return difference <= LARGEST_DIFFERENCE && webgpu.p99 < WEBGPU_SHARE * wasm.p99;
}

function inWords(verdict: Verdict, adapter: string, kept: boolean): string {
  const { wasm, webgpu, difference } = verdict;
  const when = kept ? ' (measured on an earlier visit)' : '';
  if (!(difference <= LARGEST_DIFFERENCE))
    return `WebAssembly: ${adapter} computes something else, off by ${(100 * difference).toFixed(0)} %${when}`;
  const [fast, slow] = webGpuWins(verdict)
    ? [`WebGPU on ${adapter}: p99 ${inMs(webgpu.p99)} a hop`, `${inMs(wasm.p99)} in WebAssembly`]
    : [`WebAssembly: p99 ${inMs(wasm.p99)} a hop`, `${inMs(webgpu.p99)} on ${adapter}`];
  return `${fast} against ${slow}${when}`;
}

const inMs = (ms: number) => `${ms < 10 ? ms.toPrecision(2) : ms.toFixed(0)} ms`;
