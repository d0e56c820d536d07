// backend: 'auto' with backends of known speeds, a clock of its own and a store that is a map.
import { describe, expect, it } from 'vitest';
import type { Backend, BackendName } from '../../src/shared/backend.ts';
import { DeviceLostError, WasmUnavailableError, WebGpuUnavailableError } from '../../src/shared/errors.ts';
import type { BackendOptions } from '../../src/worker/backend-options.ts';
import { createBackend } from '../../src/worker/create-backend.ts';
import type { Clock } from '../../src/worker/trial.ts';
import type { Machine, Verdict, VerdictStore } from '../../src/worker/verdict-store.ts';
import { syntheticModel, TINY } from './synthetic-model.ts';

const model = syntheticModel(TINY);

/** Time that only passes where somebody spends it. */
class TestClock implements Clock {
  ms = 0;
  /** What was waited for, one entry a hop. */
  readonly waits: number[] = [];
  nowMs(): number {
    return this.ms;
  }
  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.ms += ms;
  }
}

interface Speed {
  readonly ms: number;
  /** Every tenth hop takes this instead. */
  readonly slowMs?: number;
  /** Its estimates are the others' times this. */
  readonly factor?: number;
  readonly failsLoading?: Error;
  readonly failsAtStep?: number;
  /** A step that never ends. */
  readonly hangsAtStep?: number;
}

function setUp(speeds: { wasm: Speed; webgpu: Speed }, adapterName = 'Big GPU') {
  const clock = new TestClock();
  const log: string[] = [];
  const backend = (name: BackendName, speed: Speed): Backend => {
    let steps = 0;
    return {
      name,
      description: `test ${name}`,
      async load() {
        if (speed.failsLoading !== undefined) throw speed.failsLoading;
        log.push(`${name} loaded`);
      },
      setClue: () => {},
      step(spectrum, estimate) {
        if (steps === speed.failsAtStep) throw new DeviceLostError('is gone', { where: adapterName });
        if (steps === speed.hangsAtStep) return new Promise(() => {});
        // Warm-up: ten times as slow.
        const warm = steps++ >= 20;
        const ms = steps % 10 === 0 ? (speed.slowMs ?? speed.ms) : speed.ms;
        clock.ms += warm ? ms : 10 * ms;
        for (let n = 0; n < spectrum.length; n++) estimate[n] = spectrum[n] * (speed.factor ?? 1);
      },
      reset: () => {},
      snapshot: () => Promise.reject(new Error('not asked for')),
      restore: () => {},
      destroy: () => void log.push(`${name} destroyed`),
    };
  };
  const kept = new Map<string, Verdict>();
  const key = (machine: Machine) => JSON.stringify(machine);
  const verdicts: VerdictStore = {
    read: async (machine) => kept.get(key(machine)),
    write: async (machine, verdict) => void kept.set(key(machine), verdict),
  };
  const gpu = {
    requestAdapter: async () => ({
      info: { vendor: '', architecture: '', device: '', description: adapterName, isFallbackAdapter: false },
    }),
  } as unknown as GPU;
  const options: BackendOptions = {
    ...{ gpu, verdicts, clock, standby: true },
    make: {
      wasm: () => backend('wasm', speeds.wasm),
      webgpu: () => backend('webgpu', speeds.webgpu),
      reference: () => backend('reference', { ms: 10 }),
    },
  };
  return { options, clock, log, kept };
}

describe("backend: 'auto'", () => {
  it('takes WebGPU where its p99 is clearly the lower one, and keeps WebAssembly beside it', async () => {
    const { options, log } = setUp({ wasm: { ms: 2 }, webgpu: { ms: 0.5, slowMs: 0.8 } });
    const { backend, standby, reason, trial } = await createBackend('auto', model, options);
    expect(backend.name).toBe('webgpu');
    expect(standby?.name).toBe('wasm');
    expect(reason).toBe('WebGPU on Big GPU: p99 0.80 ms a hop against 2.0 ms in WebAssembly');
    expect(trial).toMatchObject({
      kept: false,
      webgpu: { n: 100, p50: 0.5 },
      wasm: { n: 100, p50: 2, p99: 2 },
    });
    expect(log).toEqual(['wasm loaded', 'webgpu loaded']);
  });

  it('takes WebAssembly where WebGPU is faster as a rule, slower at times', async () => {
    const { options, log } = setUp({ wasm: { ms: 1.2 }, webgpu: { ms: 0.3, slowMs: 4.8 } });
    const { backend, standby, reason } = await createBackend('auto', model, options);
    expect(backend.name).toBe('wasm');
    expect(standby).toBeUndefined();
    expect(reason).toBe('WebAssembly: p99 1.2 ms a hop against 4.8 ms on Big GPU');
    expect(log).toEqual(['wasm loaded', 'webgpu loaded', 'webgpu destroyed']);
  });

  it.each([
    { webgpuMs: 0.79, takes: 'webgpu' },
    { webgpuMs: 0.81, takes: 'wasm' },
    { webgpuMs: 1, takes: 'wasm' },
  ])('prefers WebAssembly near a tie: $webgpuMs ms against 1 ms', async ({ webgpuMs, takes }) => {
    const { options } = setUp({ wasm: { ms: 1 }, webgpu: { ms: webgpuMs } });
    expect((await createBackend('auto', model, options)).backend.name).toBe(takes);
  });

  it('paces the hops as live sound does, and gives up on what is far from live', async () => {
    const live = setUp({ wasm: { ms: 1 }, webgpu: { ms: 2 } });
    await createBackend('auto', model, live.options);
    expect(live.clock.waits).toHaveLength(120);
    // The hops of the warm-up take 30 ms: nothing is made up for afterwards.
    expect(live.clock.waits.slice(0, 20).every((ms) => ms === 0)).toBe(true);
    expect(live.clock.waits.slice(20).every((ms) => Math.abs(ms - 5) < 1e-6)).toBe(true);

    const slow = setUp({ wasm: { ms: 1 }, webgpu: { ms: 100 } });
    const { reason, trial } = await createBackend('auto', model, slow.options);
    expect(trial!.webgpu!.n).toBeLessThan(100);
    expect(reason).toBe('WebAssembly: p99 1.0 ms a hop against 100 ms on Big GPU');
  });

  it('refuses a driver that computes something else', async () => {
    const { options, log } = setUp({ wasm: { ms: 2 }, webgpu: { ms: 0.5, factor: 1.1 } });
    const { backend, reason } = await createBackend('auto', model, options);
    expect(backend.name).toBe('wasm');
    expect(reason).toBe('WebAssembly: Big GPU computes something else, off by 10 %');
    expect(log.at(-1)).toBe('webgpu destroyed');
    const nan = setUp({ wasm: { ms: 2 }, webgpu: { ms: 0.5, factor: NaN } });
    expect((await createBackend('auto', model, nan.options)).backend.name).toBe('wasm');
  });

  it('tries once: a verdict is kept for the adapter and the model', async () => {
    const first = setUp({ wasm: { ms: 1.2 }, webgpu: { ms: 4.8 } });
    await createBackend('auto', model, first.options);
    const again = await createBackend('auto', model, first.options);
    expect(again.reason).toBe(
      'WebAssembly: p99 1.2 ms a hop against 4.8 ms on Big GPU (measured on an earlier visit)',
    );
    expect(again.trial).toMatchObject({ kept: true, wasm: { p99: expect.closeTo(1.2) } });
    // The second time WebGPU is not even loaded.
    expect(first.log).toEqual(['wasm loaded', 'webgpu loaded', 'webgpu destroyed', 'wasm loaded']);
    expect(first.clock.waits).toHaveLength(120);

    const another = setUp({ wasm: { ms: 1.2 }, webgpu: { ms: 0.3 } }, 'Other GPU');
    const options = { ...another.options, verdicts: first.options.verdicts };
    expect((await createBackend('auto', model, options)).trial?.kept).toBe(false);
    const kept = await createBackend('auto', model, options);
    expect(kept.backend.name).toBe('webgpu');
    expect(kept.standby?.name).toBe('wasm');
    expect(kept.reason).toMatch(/^WebGPU on Other GPU: .*earlier visit/);

    const config = { ...model.config, tensors: { ...model.config.tensors, sha256: '1'.repeat(64) } };
    expect((await createBackend('auto', { ...model, config }, options)).trial?.kept).toBe(false);
  });

  it.each([
    {
      when: 'no WebGPU',
      gpu: undefined,
      // What to do about it has been done.
      says: /^there is no WebGPU here, expected navigator\.gpu, got undefined: test wasm$/,
    },
    { when: 'no adapter', gpu: { requestAdapter: async () => null }, says: /no adapter.*: test wasm$/ },
    {
      when: 'a refusal',
      gpu: { requestAdapter: () => Promise.reject(new Error('blocked')) },
      says: /blocked.*: test wasm$/,
    },
  ])('takes WebAssembly with $when, and says so', async ({ gpu, says }) => {
    const { options } = setUp({ wasm: { ms: 1 }, webgpu: { ms: 0.1 } });
    const { backend, reason, trial } = await createBackend('auto', model, {
      ...options,
      gpu: gpu as unknown as GPU,
    });
    expect(backend.name).toBe('wasm');
    expect(reason).toMatch(says);
    expect(trial).toBeNull();
  });

  it('does not try an adapter that the processor plays', async () => {
    const { options, log } = setUp({ wasm: { ms: 1 }, webgpu: { ms: 0.1 } }, 'SwiftShader Device');
    const { reason } = await createBackend('auto', model, options);
    expect(reason).toMatch(/^SwiftShader Device is no real GPU.*: test wasm$/);
    expect(log).toEqual(['wasm loaded']);
  });

  it.each([
    { when: 'a pipeline fails', speed: { ms: 1, failsLoading: new WebGpuUnavailableError('Bands: no') } },
    { when: 'the device is lost in the trial', speed: { ms: 1, failsAtStep: 50 } },
    { when: 'a step of the trial hangs', speed: { ms: 1, hangsAtStep: 50 } },
    {
      when: 'it fails in another way',
      speed: { ms: 1, failsLoading: new TypeError('Bands: not a function') },
    },
  ])('takes WebAssembly when $when, says so, and tries again next time', async ({ speed }) => {
    const { options, log, kept } = setUp({ wasm: { ms: 5 }, webgpu: speed });
    const { backend, reason } = await createBackend('auto', model, options);
    expect(backend.name).toBe('wasm');
    expect(reason).toMatch(/^(Bands|Big GPU|test webgpu): .*: test wasm$/);
    expect(log.at(-1)).toBe('webgpu destroyed');
    expect(kept.size).toBe(0);
  });

  it('without WebAssembly takes WebGPU untried, else the reference', async () => {
    const failsLoading = new WasmUnavailableError('no SIMD');
    const gpu = setUp({ wasm: { ms: 1, failsLoading }, webgpu: { ms: 5 } });
    const chosen = await createBackend('auto', model, gpu.options);
    expect(chosen.backend.name).toBe('webgpu');
    expect(chosen.reason).toBe('no SIMD: Big GPU');
    const none = await createBackend('auto', model, {
      ...gpu.options,
      gpu: { requestAdapter: async () => null } as unknown as GPU,
    });
    expect(none.backend.name).toBe('reference');
    expect(none.reason).toMatch(/no adapter.*; no SIMD: test reference$/);
    const failing = setUp({
      wasm: { ms: 1, failsLoading },
      webgpu: { ms: 1, failsLoading: new WebGpuUnavailableError('no pipeline') },
    });
    const last = await createBackend('auto', model, failing.options);
    expect(last.backend.name).toBe('reference');
    expect(last.reason).toBe('no pipeline; no SIMD: test reference');
  });
});
