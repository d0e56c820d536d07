// Our own backends as contestants, and the floor of each binary: its multiply-accumulates as plain matrix times vector.
import type { Backend } from '../../src/shared/backend.ts';
import type { Model } from '../../src/shared/model.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { AdaptingBackend } from '../../src/worker/adapting-backend.ts';
import { createClueNetwork } from '../../src/worker/clue-network.ts';
import { flavours, type Flavour } from '../../wasm/binary.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import type { Contestant, Entry, Surroundings, What } from './contestant.ts';
import { gemvFloor } from './gemv-floor.ts';
import { multiplyAccumulates } from '../shared/multiply-accumulates.ts';

export function hopMsOf({ config }: Model): number {
  return (1000 * config.hop) / config.sample_rate;
}

/** A spectrum like that of speech at a usual level, and where the estimate goes. */
export function spectra({ config }: Model): { spectrum: Float32Array; estimate: Float32Array } {
  const values = 2 * (config.frame / 2 + 1);
  const spectrum = Float32Array.from({ length: values }, (_, n) => 3 * Math.sin(n * n));
  return { spectrum, estimate: new Float32Array(values) };
}

export function someClue({ config }: Model): Float32Array {
  const { embedding } = config.extractor;
  return new Float32Array(embedding).fill(1 / Math.sqrt(embedding));
}

export const ours: readonly Entry[] = [
  { what: 'wasm', make: (surroundings) => wasm('wasm', 'simd', surroundings) },
  { what: 'wasm-relaxed', make: (surroundings) => wasm('wasm-relaxed', 'relaxed-simd', surroundings) },
  { what: 'wasm-adapting', make: adapting },
  {
    what: 'webgpu',
    make: (surroundings) =>
      contestant('webgpu', new WebGpuBackend({ gpu: needGpu(surroundings) }), surroundings),
  },
  {
    what: 'reference',
    make: (surroundings) => contestant('reference', new ReferenceBackend(), surroundings),
  },
  {
    what: 'floor-gemv',
    async make({ model }) {
      const macs = multiplyAccumulates(model);
      const floor = await gemvFloor('simd', 'f32', macs);
      return {
        ...{ what: 'floor-gemv', hopMs: hopMsOf(model), macs, bytes: null, ...floor },
        detail:
          "as many multiply-accumulates, matrix times vector in f32, by the 'wasm' binary, from the cache",
      };
    },
  },
];

export function needGpu({ gpu, gpuReason }: Surroundings): GPU {
  if (gpu === undefined) throw new Error(gpuReason);
  return gpu;
}

async function wasm(what: What, flavour: Flavour, surroundings: Surroundings): Promise<Contestant> {
  if (!flavours().includes(flavour)) throw new Error(`this WebAssembly has no ${flavour}`);
  const shipped = await contestant(what, new WasmBackend({ flavour }), surroundings);
  const macs = shipped.macs!;
  return {
    ...shipped,
    bytes: shipped.bytes! + surroundings.fileBytes[`${what}.wasm`],
    beside: {
      f32: await contestant(what, new WasmBackend({ flavour, precision: 'f32' }), surroundings),
      gemv_f32: await gemvFloor(flavour, 'f32', macs),
      gemv_i16: await gemvFloor(flavour, 'i16', macs),
    },
  };
}

/** Hops of a phrase and of the pause behind it. */
const PHRASE = 340;
const PAUSE = 60;

/** As the worker and the command line run it: the clue follows what the stream holds. In phrases, since what never pauses is no voice and not listened to. */
async function adapting(surroundings: Surroundings): Promise<Contestant> {
  const { model } = surroundings;
  const backend = new WasmBackend();
  const plain = await contestant('wasm-adapting', backend, surroundings);
  const stepping = await AdaptingBackend.create(backend, model, createClueNetwork);
  stepping.setClue(someClue(model));
  const { spectrum, estimate } = spectra(model);
  const pause = spectrum.map((value) => value / 10);
  let hop = 0;
  return {
    ...plain,
    ...{
      macs: null,
      detail: `${plain.detail}, and one hop of the clue encoder in ${PHRASE} of ${PHRASE + PAUSE}`,
    },
    run: () => stepping.step(hop++ % (PHRASE + PAUSE) < PHRASE ? spectrum : pause, estimate),
  };
}

async function contestant(what: What, backend: Backend, { model }: Surroundings): Promise<Contestant> {
  const { spectrum, estimate } = spectra(model);
  await backend.load(model);
  backend.setClue(someClue(model));
  return {
    ...{ what, hopMs: hopMsOf(model), macs: multiplyAccumulates(model) },
    ...{ bytes: model.config.tensors.bytes, detail: backend.description },
    run: () => backend.step(spectrum, estimate),
    destroy: () => backend.destroy(),
  };
}
