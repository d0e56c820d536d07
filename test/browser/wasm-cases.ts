// The tests of the WebAssembly backend: one body, run by Vitest (Node) and by @web/test-runner (Chromium), for each binary that runs there.
import { expect } from 'chai';
import { InputError, ModelFileError } from '../../src/shared/errors.ts';
import type { Model } from '../../src/shared/model.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import type { Flavour } from '../../wasm/binary.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { noise } from '../unit/seeded.ts';
import { check, ready, relative, SPECTRUM, voice } from './comparison.ts';
import { randomClue, randomModel, type ModelSizes } from './gpu-model.ts';
import { wasmClueCases } from './wasm-clue-cases.ts';
import { wasmKernelCases } from './wasm-kernel-cases.ts';
import { wasmParityCases } from './wasm-parity-cases.ts';

/** Sizes of which none is a multiple of the kernels' lanes. */
export const ODD: ModelSizes = {
  band_edges: [0, 2, 5, 11, 40, 257],
  d_model: 7,
  width: 13,
  layers: 2,
  d_state: 5,
};

export interface Environment {
  readonly flavour: Flavour;
  describe(name: string, body: () => void): void;
  /** A test with so much time that a busy machine does not decide. */
  it(name: string, body: () => Promise<void>): void;
  /** A file of test/golden/. */
  golden(path: string): Promise<Uint8Array>;
}

export function wasmCases(environment: Environment): void {
  const { flavour, describe, it } = environment;
  wasmKernelCases(environment);
  wasmClueCases(environment);
  for (const precision of ['f32', 'i16'] as const) wasmParityCases(environment, precision);

  const loaded = async (model: Model) => ready(new WasmBackend({ flavour }), model);
  const reference = async (model: Model) => ready(new ReferenceBackend(), model);

  describe('state', () => {
    const model = randomModel(ODD);

    it("goes on from the reference's snapshot, and the reference from its own", async () => {
      const [a, b] = [await loaded(model), await reference(model)];
      drive(b, 1, 50);
      a.restore(await b.snapshot());
      const early = relative(drive(a, 100, 50), drive(b, 100, 50));
      b.restore(await a.snapshot());
      const late = relative(drive(b, 200, 50), drive(a, 200, 50));
      check(`${flavour}, handed over`, 'i16', { estimate: early, back: late });
    });

    it('comes back from a snapshot to the bit, in another instance too', async () => {
      const [a, b] = [await loaded(model), await loaded(model)];
      drive(a, 1, 20);
      const snapshot = await a.snapshot();
      const expected = drive(a, 100, 20);
      a.restore(snapshot);
      b.restore(snapshot);
      expect(drive(a, 100, 20)).to.deep.equal(expected);
      expect(drive(b, 100, 20)).to.deep.equal(expected);
    });

    it('starts anew on reset and keeps the clue; another clue keeps the state', async () => {
      const backend = await loaded(model);
      const first = drive(backend, 1, 10);
      backend.reset();
      expect(drive(backend, 1, 10)).to.deep.equal(first);
      const before = await backend.snapshot();
      backend.setClue(randomClue(2));
      expect(await backend.snapshot()).to.deep.equal(before);
      backend.reset();
      expect(relative(drive(backend, 1, 10), first)).to.be.greaterThan(1e-3);
    });

    it('shows NaN in the estimate, and recovers by reset', async () => {
      const backend = await loaded(model);
      const first = drive(backend, 1, 10);
      const estimate = new Float32Array(SPECTRUM);
      backend.step(new Float32Array(SPECTRUM).fill(NaN), estimate);
      expect(estimate.some((value) => Number.isNaN(value))).to.equal(true);
      backend.reset();
      expect(drive(backend, 1, 10)).to.deep.equal(first);
    });
  });

  describe('misuse', () => {
    it('has named errors, and loses nothing', async () => {
      const model = randomModel(ODD);
      const backend = new WasmBackend({ flavour });
      const step = () => backend.step(voice(0), new Float32Array(SPECTRUM));
      expect(step).to.throw(InputError, /no model is loaded/);
      await backend.load(model);
      expect(step).to.throw(InputError, /no clue is set/);
      backend.setClue(randomClue(1));
      drive(backend, 1, 5);
      const before = await backend.snapshot();
      expect(() => backend.setClue(new Float32Array(3))).to.throw(InputError);
      const conv_state = before.conv_state.map((state, n) => (n === 1 ? state.slice(1) : state));
      expect(() => backend.restore({ ...before, conv_state })).to.throw(InputError, /another size/);
      expect(await backend.snapshot()).to.deep.equal(before);
      backend.destroy();
      expect(step).to.throw(InputError, /no model is loaded/);
    });

    it('names the tensor that is missing', async () => {
      const model = randomModel(ODD);
      const tensors = new Map(model.tensors);
      tensors.delete('extractor.blocks.1.mamba.D');
      const error = await new WasmBackend({ flavour })
        .load({ ...model, tensors })
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ModelFileError);
      expect((error as Error).message).to.match(/blocks\.1\.mamba\.D/);
    });
  });
}

/** Runs `hops` hops from seed on -> the last estimate. */
function drive(backend: WasmBackend | ReferenceBackend, seed: number, hops: number): Float32Array {
  const estimate = new Float32Array(SPECTRUM);
  for (let t = 0; t < hops; t++) backend.step(noise(SPECTRUM, seed + t, 4), estimate);
  return estimate;
}
