// The tests of the WebGPU backend: one body, run by Vitest (Node, Dawn) and by @web/test-runner (Chromium).
import { expect } from 'chai';
import { openDevice, findAdapter } from '../../gpu/device.ts';
import { createBindGroupLayout, LAYOUTS } from '../../gpu/layouts.ts';
import { createPipeline } from '../../gpu/shader.ts';
import { GPU_TUNING, SOFTWARE_TUNING } from '../../gpu/tuning.ts';
import { WebGpuBackend, type WebGpuOptions } from '../../gpu/webgpu-backend.ts';
import type { Backend } from '../../src/shared/backend.ts';
import { DeviceLostError, InputError, WebGpuUnavailableError } from '../../src/shared/errors.ts';
import { parseModel, type Model } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { createBackend } from '../../src/worker/create-backend.ts';
import { Engine } from '../../src/worker/engine.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { report } from '../report.ts';
import { noise } from '../unit/seeded.ts';
import { relative, SPECTRUM, states } from './comparison.ts';
import { randomClue, randomModel, REAL, UNEVEN } from './gpu-model.ts';
import { drift, DRIFT_HOPS, DRIFT_TOLERANCE } from './long-run.ts';
import { countingGpu, withLimits } from './gpu-wrappers.ts';

/** f32 in another order of sums, exp and log of the driver's, over hundreds of hops: relative to the whole tensor. */
const OUTPUT_TOLERANCE = 2e-5;
const STATE_TOLERANCE = 5e-5;
const HOPS = 200;
const SOFTWARE_HOPS = 200;

export interface Environment {
  readonly gpu: GPU;
  describe(name: string, body: () => void): void;
  /** A test with so much time that a busy machine does not decide. */
  it(name: string, body: () => Promise<void>): void;
  /** A file of test/golden/. */
  golden(path: string): Promise<Uint8Array>;
}

export function gpuCases({ gpu, describe, it, golden }: Environment): void {
  const loaded = async (model: Model, options: Partial<WebGpuOptions> = {}) => {
    const backend = new WebGpuBackend({ gpu, ...options });
    await backend.load(model);
    backend.setClue(randomClue(1));
    return backend;
  };

  describe('parity with PyTorch', () => {
    for (const [size, cut, tuning] of [
      ['tiny', 'cut for a GPU', GPU_TUNING],
      ['small', 'cut for software', SOFTWARE_TUNING],
    ] as const)
      it(`${size}, ${cut}: mask, estimate and both states`, async () => {
        const text = new TextDecoder().decode(await golden(`${size}/config.json`));
        const model = await parseModel(text, await golden(`${size}/model.safetensors`));
        const tensors = readSafetensors(await golden(`${size}/golden.safetensors`), `${size}/golden`);
        const values = (name: string) => tensors.get(name)!.data;
        const backend = await loaded(model, { tuning });
        backend.setClue(values('embedding'));
        const errors = await runGolden(backend, model, values);
        backend.destroy();
        check(`${size}, ${cut}`, errors);
      });
  });

  describe('parity with the reference', () => {
    for (const [name, model, tuning] of [
      ['uneven sizes, f32, cut for a GPU', randomModel(UNEVEN), GPU_TUNING],
      ['uneven sizes, f16, cut for a GPU', randomModel(UNEVEN, { half: true }), GPU_TUNING],
    ] as const)
      it(`${name}: estimate and both states over ${HOPS} hops`, async () => {
        const [a, b] = [await loaded(model, { tuning }), await reference(model)];
        const [got, expected] = [new Float32Array(HOPS * SPECTRUM), new Float32Array(HOPS * SPECTRUM)];
        const [tookMs, referenceMs]: number[][] = [[], []];
        for (let t = 0; t < HOPS; t++) {
          const spectrum = noise(SPECTRUM, t, 4);
          const began = performance.now();
          await a.step(spectrum, got.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
          const read = performance.now();
          b.step(spectrum, expected.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
          tookMs.push(read - began);
          referenceMs.push(performance.now() - read);
        }
        report(`${name}: ${a.description} ${spread(tookMs)} ms a hop, the reference ${spread(referenceMs)}`);
        const errors = {
          estimate: relative(got, expected),
          ...states(await a.snapshot(), await b.snapshot()),
        };
        a.destroy();
        check(name, errors);
      });

    it('the real size, as suits the adapter: over a long run, without drift', async () => {
      const { software, description, adapter } = await findAdapter(gpu);
      // The processor that plays the GPU takes 20 ms and more for a hop.
      const hops = software ? SOFTWARE_HOPS : DRIFT_HOPS;
      const backend = await loaded(randomModel(REAL, { half: true }));
      const what = `the real size, ${backend.format}, ${description}`;
      if (software) report(`${what}: ${hops} hops instead of ${DRIFT_HOPS}, as this is no real GPU`);
      if (!adapter.features.has('shader-f16'))
        report(`skipped: matrices of f16 as such: ${description} lacks shader-f16`);
      const { errors, growth } = await drift(what, backend, hops, true);
      backend.destroy();
      check(what, errors);
      expect(growth, 'drift').to.be.lessThan(DRIFT_TOLERANCE);
    });
  });

  describe('a hop', () => {
    it('is one write, one pass, one copy, one submit and one map; the dispatches are counted, and nothing is made', async () => {
      const { gpu: counting, devices } = countingGpu(gpu);
      const model = randomModel({ ...UNEVEN, layers: 2 });
      const backend = await loaded(model, { gpu: counting });
      await drive(backend, 1, 2);
      const before = devices[0].calls();
      await drive(backend, 3, 5);
      const after = devices[0].calls();
      const made = Object.entries(after).map(([name, count]) => [name, (count - before[name]) / 5] as const);
      const perHop = Object.fromEntries(made.filter(([, count]) => count > 0));
      report(`a hop of ${model.config.extractor.layers} blocks: ${JSON.stringify(perHop)}`);
      expect(perHop).to.deep.equal({
        ...{ createCommandEncoder: 1, writeBuffer: 1, submit: 1, beginComputePass: 1 },
        ...{ dispatchWorkgroups: 1 + 3 * 2, copyBufferToBuffer: 1, mapAsync: 1 },
      });
      expect(backend.readbackMs).to.be.greaterThan(0);
      backend.destroy();
    });
  });

  describe('state', () => {
    const model = randomModel(UNEVEN);
    // One for all of them: compiling is what takes time.
    let shared: Promise<WebGpuBackend> | undefined;
    const fresh = async () => {
      const backend = await (shared ??= loaded(model));
      backend.reset();
      backend.setClue(randomClue(1));
      return backend;
    };

    it("goes on from the reference's snapshot, and the reference from its own", async () => {
      const [a, b] = [await fresh(), await reference(model)];
      await drive(b, 1, 20);
      a.restore(await b.snapshot());
      const early = relative(await drive(a, 100, 20), await drive(b, 100, 20));
      b.restore(await a.snapshot());
      const late = relative(await drive(b, 200, 20), await drive(a, 200, 20));
      check('handed over', { estimate: early, back: late });
    });

    it('comes back from a snapshot in the middle, to the bit', async () => {
      const backend = await fresh();
      await drive(backend, 1, 10);
      const snapshot = await backend.snapshot();
      const expected = await drive(backend, 50, 10);
      backend.restore(snapshot);
      expect(await backend.snapshot()).to.deep.equal(snapshot);
      expect(await drive(backend, 50, 10)).to.deep.equal(expected);
    });

    it('is gone after a reset, the clue is not', async () => {
      const backend = await fresh();
      const first = await drive(backend, 1, 10);
      backend.reset();
      const { level, conv_state, ssm_state } = await backend.snapshot();
      expect(level).to.deep.equal({ total: 0, weight: 0 });
      for (const values of [...conv_state, ...ssm_state])
        expect(values.every((value) => value === 0)).to.equal(true);
      expect(await drive(backend, 1, 10)).to.deep.equal(first);
    });

    it('stays when another clue is set, which counts from the next hop on', async () => {
      const [a, b] = [await fresh(), await reference(model)];
      await drive(a, 1, 10);
      await drive(b, 1, 10);
      const before = await a.snapshot();
      a.setClue(randomClue(2));
      expect(await a.snapshot()).to.deep.equal(before);
      const old = await drive(b, 50, 1);
      b.restore(before);
      b.setClue(randomClue(2));
      const [got, expected] = [await drive(a, 50, 1), await drive(b, 50, 1)];
      check('another clue', { estimate: relative(got, expected) });
      expect(relative(got, old)).to.be.greaterThan(1e-3);
    });

    it('is finite again by a reset after what is not', async () => {
      const backend = await fresh();
      const expected = await drive(backend, 1, 3);
      const estimate = new Float32Array(SPECTRUM);
      await backend.step(new Float32Array(SPECTRUM).fill(NaN), estimate);
      expect(estimate.some(Number.isFinite)).to.equal(false);
      backend.reset();
      expect(await drive(backend, 1, 3)).to.deep.equal(expected);
      backend.destroy();
    });
  });

  describe('what it cannot work with', () => {
    const model = randomModel(UNEVEN);
    const [spectrum, estimate] = [new Float32Array(SPECTRUM), new Float32Array(SPECTRUM)];

    it('is refused by name, and the state is as before', async () => {
      const backend = new WebGpuBackend({ gpu });
      expect(() => backend.step(spectrum, estimate)).to.throw(InputError, /no model is loaded/);
      await backend.load(model);
      expect(() => backend.step(spectrum, estimate)).to.throw(InputError, /no clue is set/);
      expect(() => backend.setClue(new Float32Array(3))).to.throw(InputError, /256/);
      backend.setClue(randomClue(1));
      await drive(backend, 1, 3);
      const before = await backend.snapshot();
      const conv_state = before.conv_state.map((state, n) => (n === 1 ? state.slice(1) : state));
      expect(() => backend.restore({ ...before, conv_state })).to.throw(InputError, /another size/);
      const first = backend.step(spectrum, estimate);
      await fails(backend.step(spectrum, estimate), InputError, /under way/);
      await first;
      backend.restore(before);
      expect(await backend.snapshot()).to.deep.equal(before);
      backend.destroy();
      expect(() => backend.step(spectrum, estimate)).to.throw(InputError, /no model is loaded/);
    });

    it('no WebGPU, no adapter: says what to do', async () => {
      const none = { requestAdapter: async () => null } as unknown as GPU;
      await fails(
        new WebGpuBackend({ gpu: undefined }).load(model),
        WebGpuUnavailableError,
        /no WebGPU here.*wasm backend/,
      );
      await fails(new WebGpuBackend({ gpu: none }).load(model), WebGpuUnavailableError, /no adapter/);
    });

    it('an adapter that is too small: names the limit, expected and got', async () => {
      const small = withLimits(gpu, { maxComputeWorkgroupStorageSize: 64 });
      const expected = /maxComputeWorkgroupStorageSize.*expected at least \d+, got 64/;
      await fails(new WebGpuBackend({ gpu: small }).load(model), WebGpuUnavailableError, expected);
    });

    it('sizes that the kernels are not made for', async () => {
      const odd = randomModel({ ...UNEVEN, d_model: 6 });
      await fails(
        new WebGpuBackend({ gpu }).load(odd),
        WebGpuUnavailableError,
        /d_model.*multiple of 4, got 6/,
      );
    });

    it('a shader that does not compile: message, line and source', async () => {
      const device = await openDevice(await findAdapter(gpu), {} as never);
      const layout = createBindGroupLayout(device, 'test', LAYOUTS.bands);
      const code = '@compute @workgroup_size(1)\nfn main() {\n  let x = missing;\n}';
      const pipeline = createPipeline(device, { label: 'Broken', code, constants: {} }, layout);
      await fails(
        pipeline,
        WebGpuUnavailableError,
        /Broken.*missing[\s\S]*line 3[\s\S]*> 3 \| {3}let x = missing;/,
      );
      device.destroy();
    });
  });

  describe('device', () => {
    const model = randomModel(UNEVEN);
    const [spectrum, estimate] = [noise(SPECTRUM, 1, 4), new Float32Array(SPECTRUM)];

    it('lost: steps under way and later ones fail by name, it is told once, and loading again heals', async () => {
      const { gpu: counting, devices } = countingGpu(gpu);
      const told: DeviceLostError[] = [];
      const backend = await loaded(model, { gpu: counting, onDeviceLost: (error) => told.push(error) });
      const expected = await drive(backend, 1, 3);
      const underWay = backend.step(spectrum, estimate);
      devices[0].device.destroy();
      await fails(underWay, DeviceLostError, /lost/);
      expect(() => backend.step(spectrum, estimate)).to.throw(DeviceLostError);
      await fails(backend.snapshot(), DeviceLostError, /lost/);
      expect(told).to.have.length(1);
      await backend.load(model);
      backend.setClue(randomClue(1));
      expect(await drive(backend, 1, 3)).to.deep.equal(expected);
      backend.destroy();
    });

    it('destroyed: every buffer and the device are freed, and nothing is told', async () => {
      const { gpu: counting, devices } = countingGpu(gpu);
      let told = 0;
      const backend = await loaded(model, { gpu: counting, onDeviceLost: () => told++ });
      await drive(backend, 1, 3);
      const [{ device, live, created }] = devices;
      const atLoad = created();
      const underWay = backend.step(spectrum, estimate);
      expect(created(), 'buffers that a hop makes').to.equal(atLoad);
      backend.destroy();
      await fails(underWay, InputError, /destroyed/);
      await device.lost;
      report(`${atLoad} buffers made, ${live()} left`);
      expect(atLoad).to.be.greaterThan(10);
      expect(live()).to.equal(0);
      expect(told).to.equal(0);
    });
  });

  describe('createBackend', () => {
    const model = randomModel(UNEVEN);

    it('auto: takes a real GPU at most, and says why', async () => {
      const { software, description } = await findAdapter(gpu);
      const { backend, reason } = await createBackend('auto', model, { gpu });
      // On a real one, a trial decides.
      if (software) expect(backend.name).to.equal('wasm');
      expect(reason).to.include(description);
      backend.destroy();
      const none = { requestAdapter: async () => null } as unknown as GPU;
      const fallen = await createBackend('auto', model, { gpu: none });
      expect(fallen.backend.name).not.to.equal('webgpu');
      expect(fallen.reason).to.match(/no adapter/);
    });

    it('webgpu and reference: as asked for, or an error', async () => {
      const asked = await createBackend('webgpu', model, { gpu });
      expect(asked.backend.name).to.equal('webgpu');
      asked.backend.destroy();
      expect((await createBackend('reference', model, { gpu })).backend.name).to.equal('reference');
      const none = { requestAdapter: async () => null } as unknown as GPU;
      await fails(
        createBackend('webgpu', model, { gpu: none }),
        WebGpuUnavailableError,
        /no adapter.*wasm backend/,
      );
    });
  });
}

type Errors = Readonly<Record<string, number>>;

async function runGolden(
  backend: WebGpuBackend,
  model: Model,
  values: (name: string) => Float32Array,
): Promise<Errors> {
  const { hop, extractor } = model.config;
  const hops = values('level').length;
  const mixture = new Float32Array(hops * hop);
  mixture.set(values('mixture'));
  expect(hops).to.be.at.least(HOPS);
  const engine = new Engine(backend, model);
  const [mask, estimate] = [new Float32Array(hops * SPECTRUM), new Float32Array(hops * hop)];
  const errors: Record<string, number> = {};
  const golden = (when: string, kind: 'conv_state' | 'ssm_state') =>
    Array.from({ length: 2 * extractor.layers }, (_, n) =>
      values(`${kind}.${when}.${n >> 1}.${n % 2 === 0 ? 'full_band' : 'bands'}`),
    );
  const compare = async (when: string) => {
    const expected = { conv_state: golden(when, 'conv_state'), ssm_state: golden(when, 'ssm_state') };
    for (const [kind, error] of Object.entries(states(await backend.snapshot(), expected)))
      errors[`${kind}, ${when}`] = error;
  };
  for (let t = 0; t < hops; t++) {
    const part = [t * hop, (t + 1) * hop] as const;
    await engine.process(mixture.subarray(...part), estimate.subarray(...part));
    mask.set(backend.mask, t * SPECTRUM);
    if (t + 1 === Math.floor(hops / 2)) await compare('half');
  }
  await compare('end');
  errors.mask = relative(mask, values('mask'));
  // What the engine gives at hop t is complete up to hop t − 1.
  errors.estimate = relative(estimate.subarray(hop), values('estimate'));
  return errors;
}

function spread(tookMs: number[]): string {
  tookMs.sort((a, b) => a - b);
  const quantile = (share: number) => tookMs[Math.floor(share * tookMs.length)].toFixed(1);
  return `p50 ${quantile(0.5)}, p95 ${quantile(0.95)}`;
}

async function reference(model: Model): Promise<ReferenceBackend> {
  const backend = new ReferenceBackend();
  await backend.load(model);
  backend.setClue(randomClue(1));
  return backend;
}

/** Seeded spectra from `seed` on; returns the estimates of all `hops`. */
async function drive(backend: Backend, seed: number, hops: number): Promise<Float32Array> {
  const estimates = new Float32Array(hops * SPECTRUM);
  for (let t = 0; t < hops; t++)
    await backend.step(noise(SPECTRUM, seed + t, 4), estimates.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
  return estimates;
}

function check(name: string, errors: Errors): void {
  const figures = Object.entries(errors).map(([what, error]) => `${what} ${error.toExponential(1)}`);
  report(`${name}: relative errors: ${figures.join(', ')}`);
  for (const [what, error] of Object.entries(errors))
    expect(error, what).to.be.lessThan(what.includes('state') ? STATE_TOLERANCE : OUTPUT_TOLERANCE);
}

async function fails(
  promise: Promise<unknown>,
  type: new (...parameters: never[]) => Error,
  message: RegExp,
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(type);
  expect((error as Error).message).to.match(message);
}
