// Backends that change in a real browser: the kept verdict, WebGPU tried for real, changes and a lost device that nobody hears.
import { expect } from 'chai';
import type {} from 'mocha';
import type { Backend } from '../../src/shared/backend.ts';
import { createBackend, createStandby } from '../../src/worker/create-backend.ts';
import { Engine } from '../../src/worker/engine.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { SwitchingBackend } from '../../src/worker/switching-backend.ts';
import { idbVerdicts, type Machine } from '../../src/worker/verdict-store.ts';
import { WebGpuBackend } from '../../gpu/webgpu-backend.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { report } from '../report.ts';
import { noise } from '../unit/seeded.ts';
import { replace, restoreAll } from './fake/fake-devices.ts';
import { randomClue, randomModel, UNEVEN } from './gpu-model.ts';
import { countingGpu, withLimits } from './gpu-wrappers.ts';

const model = randomModel(UNEVEN);
const HOP = 128;
/** f32 sums in another order, through the recurrence; the estimates reach 0.1 and more. */
const ROUNDING = 1e-4;
const TIMEOUT_MS = 300_000;
const gpu = (navigator as Navigator | undefined)?.gpu;
const adapter = await gpu?.requestAdapter();

const makers = {
  reference: () => new ReferenceBackend(),
  wasm: () => new WasmBackend(),
  webgpu: () => new WebGpuBackend({ gpu }),
};
type Name = keyof typeof makers;

async function switching(
  current: Backend,
  onLost = () => {},
): Promise<{ backend: SwitchingBackend; engine: Engine }> {
  await current.load(model);
  const backend = new SwitchingBackend(current, model, {
    standby: await createStandby(model),
    makeStandby: () => createStandby(model),
    longestStepMs: () => Infinity,
    onLost,
  });
  backend.setClue(randomClue(1));
  return { backend, engine: new Engine(backend, model) };
}

async function run(engine: Engine, mixture: Float32Array, before: (hop: number) => void = () => {}) {
  const estimate = new Float32Array(mixture.length);
  for (let n = 0; n < mixture.length; n += HOP) {
    before(n / HOP);
    await engine.process(mixture.subarray(n, n + HOP), estimate.subarray(n, n + HOP));
  }
  return estimate;
}

async function expected(mixture: Float32Array): Promise<Float32Array> {
  const reference = new ReferenceBackend();
  await reference.load(model);
  reference.setClue(randomClue(1));
  return run(new Engine(reference, model), mixture);
}

const peak = (samples: Float32Array) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const worst = (a: Float32Array, b: Float32Array) => peak(a.map((x, n) => x - b[n]));

/** With a WebGPU adapter, else skipped aloud. */
function withGpu(name: string, body: () => Promise<void>): void {
  it(name, async function () {
    if (adapter) return body();
    report(`skipped, as this browser has no WebGPU adapter: ${name}`);
    this.skip();
  }).timeout(TIMEOUT_MS);
}

describe('a kept verdict', () => {
  afterEach(restoreAll);

  const times = { n: 100, p50: 1, p95: 2, p99: 3, max: 4 };
  const verdict = { wasm: times, webgpu: { ...times, p99: 9 }, difference: 1e-5 };
  const machine: Machine = { browser: 'test 1', adapter: 'card', model: crypto.randomUUID() };

  it('is read as it was written, for that browser, adapter and model', async () => {
    const store = idbVerdicts();
    expect(await store.read(machine)).to.equal(undefined);
    await store.write(machine, verdict);
    expect(await idbVerdicts().read(machine)).to.deep.include(verdict);
    for (const other of [{ browser: 'test 2' }, { adapter: 'other card' }, { model: 'other' }])
      expect(await store.read({ ...machine, ...other })).to.equal(undefined);
    await store.write({ ...machine, browser: 'test 2' }, verdict);
    expect(await store.read(machine)).to.equal(undefined);
  });

  it('costs only the trial where it cannot be kept or read', async () => {
    const failing = {
      open: () => {
        throw new DOMException('no', 'SecurityError');
      },
    };
    for (const factory of [undefined, failing, {}]) {
      replace(window, 'indexedDB', factory);
      const store = idbVerdicts();
      await store.write(machine, verdict);
      expect(await store.read(machine)).to.equal(undefined);
    }
    restoreAll();
    const store = idbVerdicts();
    await store.write(machine, { ...verdict, wasm: null as never });
    expect(await store.read(machine)).to.equal(undefined);
  });
});

describe("backend: 'auto'", () => {
  withGpu('tries both for real, keeps the verdict, and says what was measured', async () => {
    const verdicts = idbVerdicts();
    const config = { ...model.config, tensors: { ...model.config.tensors, sha256: crypto.randomUUID() } };
    const options = { gpu, verdicts, trySoftware: true };
    for (const kept of [false, true]) {
      const { backend, reason, trial } = await createBackend('auto', { ...model, config }, options);
      report(`auto, ${kept ? 'kept' : 'tried'}: ${reason}`);
      expect(trial).to.include({ kept });
      expect(trial!.wasm!.n).to.be.greaterThan(0);
      expect(trial!.webgpu!.n).to.equal(trial!.wasm!.n);
      expect(trial!.webgpu!.p50).to.be.at.most(trial!.webgpu!.p99);
      // A driver that computes the same, whichever is faster.
      expect(reason).to.match(/p99 .* ms a hop against /);
      expect(reason).to.match(kept ? /earlier visit/ : /./);
      expect(['wasm', 'webgpu']).to.include(backend.name);
      backend.destroy();
    }
  });

  withGpu('takes WebAssembly on an adapter that is too small, and names the limit', async () => {
    const small = withLimits(gpu!, { maxComputeWorkgroupStorageSize: 64 });
    const { backend, reason } = await createBackend('auto', model, { gpu: small, trySoftware: true });
    expect(backend.name).to.equal('wasm');
    expect(reason).to.match(/maxComputeWorkgroupStorageSize.*got 64.*WebAssembly/);
  });

  withGpu('takes WebAssembly when a pipeline fails, and says so', async () => {
    const failing = {
      requestAdapter: async () => {
        const real = (await gpu!.requestAdapter())!;
        const requestDevice = real.requestDevice.bind(real);
        real.requestDevice = async (descriptor) => {
          const device = await requestDevice(descriptor);
          device.createComputePipelineAsync = () => Promise.reject(new Error('the driver gave up'));
          return device;
        };
        return real;
      },
    } as unknown as GPU;
    const { backend, reason } = await createBackend('auto', model, { gpu: failing, trySoftware: true });
    expect(backend.name).to.equal('wasm');
    expect(reason).to.match(/the driver gave up.*WebAssembly/s);
  });

  it('takes the reference where there is no WebAssembly with SIMD', async () => {
    const { validate } = WebAssembly;
    WebAssembly.validate = () => false;
    try {
      const { backend, reason } = await createBackend('auto', model, { gpu: {} as GPU });
      expect(backend.name).to.equal('reference');
      expect(reason).to.match(/without SIMD/);
    } finally {
      WebAssembly.validate = validate;
    }
  });
});

describe('a change while it runs', () => {
  const mixture = noise(HOP * 40, 1, 0.1);

  for (const [from, to] of [
    ['wasm', 'webgpu'],
    ['webgpu', 'wasm'],
    ['reference', 'webgpu'],
    ['webgpu', 'reference'],
    ['reference', 'wasm'],
  ] as [Name, Name][])
    (from === 'webgpu' || to === 'webgpu' ? withGpu : it)(`is not heard: ${from} to ${to}`, async () => {
      const reference = await expected(mixture);
      for (const at of [1, 21]) {
        const { backend, engine } = await switching(makers[from]());
        const next = makers[to]();
        await next.load(model);
        let done: Promise<void> | undefined;
        const estimate = await run(engine, mixture, (hop) => {
          if (hop === at) done = backend.switchTo(next);
        });
        await done;
        expect(backend.name).to.equal(to);
        const error = worst(estimate, reference);
        report(
          `${from} to ${to} at hop ${at}: off by ${error.toExponential(1)}, peak ${peak(reference).toFixed(2)}`,
        );
        expect(error).to.be.lessThan(ROUNDING);
        backend.destroy();
      }
    });
});

describe('a device that is lost', () => {
  withGpu('in the middle of a hop is not heard', async () => {
    const mixture = noise(HOP * 200, 2, 0.1);
    const reference = await expected(mixture);
    for (const at of [3, 150]) {
      const { gpu: counting, devices } = countingGpu(gpu!);
      let [beganMs, tookMs] = [0, 0];
      const { backend, engine } = await switching(
        new WebGpuBackend({ gpu: counting }),
        () => (tookMs = performance.now() - beganMs),
      );
      const estimate = await run(engine, mixture, (hop) => {
        if (hop !== at) return;
        // After the hop has been submitted, before its answer.
        queueMicrotask(() => {
          beganMs = performance.now();
          devices[0].device.destroy();
        });
      });
      expect(backend.name).to.equal('wasm');
      expect(backend.losses).to.equal(1);
      const error = worst(estimate, reference);
      report(
        `lost at hop ${at}: off by ${error.toExponential(1)}; WebAssembly went on within ${tookMs.toFixed(1)} ms`,
      );
      expect(error).to.be.lessThan(ROUNDING);
      backend.destroy();
    }
  });
});
