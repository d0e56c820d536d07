// Another backend takes the place of the one that runs: nobody hears it, whether it was asked for or a device was lost.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../src/shared/backend.ts';
import { InputError } from '../../src/shared/errors.ts';
import { Engine } from '../../src/worker/engine.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { SwitchingBackend } from '../../src/worker/switching-backend.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { FakeDevice } from './fake-device.ts';
import { noise } from './seeded.ts';
import { syntheticClue, syntheticModel, TINY } from './synthetic-model.ts';

const model = syntheticModel(TINY);
const HOP = 128;
/** f32 sums in another order, through the recurrence, of estimates that reach 0.3; a state that is lost makes 0.09. */
const ROUNDING = 1e-4;

const makers = {
  reference: () => new ReferenceBackend(),
  wasm: () => new WasmBackend(),
  webgpu: () => new FakeDevice(),
};
type Name = keyof typeof makers;

async function loaded<B extends Backend>(backend: B): Promise<B> {
  await backend.load(model);
  return backend;
}

async function switching(current: Backend, standby?: Backend, longestStepMs = Infinity) {
  const lost: string[] = [];
  let made = 0;
  const backend = new SwitchingBackend(await loaded(current), model, {
    standby: standby && (await loaded(standby)),
    makeStandby: async () => {
      made++;
      return loaded(new WasmBackend());
    },
    longestStepMs: () => longestStepMs,
    onLost: (error) => lost.push(error.message),
  });
  backend.setClue(syntheticClue(1));
  return { backend, engine: new Engine(backend, model), lost, made: () => made };
}

/** Runs every hop of `mixture`; `before` is called before each and not waited for. */
async function run(
  engine: Engine,
  mixture: Float32Array,
  before: (hop: number) => void = () => {},
): Promise<Float32Array> {
  const estimate = new Float32Array(mixture.length);
  for (let n = 0; n < mixture.length; n += HOP) {
    before(n / HOP);
    await engine.process(mixture.subarray(n, n + HOP), estimate.subarray(n, n + HOP));
  }
  return estimate;
}

/** What the reference gives, with the clue changed before hop `changeAt`. */
async function expected(mixture: Float32Array, changeAt = -1): Promise<Float32Array> {
  const backend = await loaded(new ReferenceBackend());
  backend.setClue(syntheticClue(1));
  return run(new Engine(backend, model), mixture, (hop) => {
    if (hop === changeAt) backend.setClue(syntheticClue(2));
  });
}

function worst(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, x, n) => Math.max(most, Math.abs(x - b[n])), 0);
}

afterEach(() => void vi.restoreAllMocks());

describe('a change that is asked for', () => {
  const mixture = noise(HOP * 40, 1, 0.1);

  for (const [from, to] of [
    ['reference', 'wasm'],
    ['wasm', 'reference'],
    ['wasm', 'webgpu'],
    ['reference', 'webgpu'],
    ['webgpu', 'wasm'],
    ['webgpu', 'reference'],
  ] as [Name, Name][])
    it.each([0, 1, 2, 17, 38])(`is not heard: ${from} to ${to} at hop %d`, async (at) => {
      const { backend, engine } = await switching(makers[from]());
      const next = await loaded(makers[to]());
      let done: Promise<void> | undefined;
      const estimate = await run(engine, mixture, (hop) => {
        if (hop === at) done = backend.switchTo(next);
      });
      await done;
      expect(backend.name).toBe(to);
      const reference = await expected(mixture);
      expect(worst(reference, new Float32Array(reference.length))).toBeGreaterThan(1e-3);
      expect(worst(estimate, reference)).toBeLessThan(ROUNDING);
    });

  it('is not heard however often it is made', async () => {
    const { backend, engine } = await switching(new WasmBackend());
    let queue: Promise<void> = Promise.resolve();
    const estimate = await run(engine, mixture, (hop) => {
      if (hop % 5 !== 2) return;
      queue = queue.then(async () =>
        backend.switchTo(await loaded(backend.name === 'wasm' ? new FakeDevice() : new WasmBackend())),
      );
    });
    await queue;
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });

  it('takes a clue along that is set meanwhile', async () => {
    const { backend, engine } = await switching(new FakeDevice());
    const next = await loaded(new WasmBackend());
    let done: Promise<void> | undefined;
    const estimate = await run(engine, mixture, (hop) => {
      if (hop === 10) {
        done = backend.switchTo(next);
        backend.setClue(syntheticClue(2));
      }
    });
    await done;
    // The hops that the new one has heard again had the older clue in part: that fades.
    const reference = await expected(mixture, 10);
    expect(worst(estimate.subarray(30 * HOP), reference.subarray(30 * HOP))).toBeLessThan(1e-3);
    expect(worst(reference.subarray(30 * HOP), (await expected(mixture)).subarray(30 * HOP))).toBeGreaterThan(
      3e-3,
    );
  });

  it('keeps WebAssembly beside WebGPU, and destroys what nobody needs', async () => {
    const wasm = new WasmBackend();
    const { backend } = await switching(wasm);
    const device = await loaded(new FakeDevice());
    await backend.switchTo(device);
    expect(backend.standby).toBe(wasm);
    await backend.switchTo(wasm);
    expect(device.destroyed).toBe(1);
    expect(backend.standby).toBeUndefined();
    expect(backend.name).toBe('wasm');
  });

  it('leaves everything as it is when the next one cannot take the state', async () => {
    const { backend, engine } = await switching(new WasmBackend());
    const other = new ReferenceBackend();
    await other.load(syntheticModel({ ...TINY, width: 16 }));
    let error: unknown;
    const estimate = await run(engine, mixture, (hop) => {
      if (hop === 5) backend.switchTo(other).catch((thrown) => (error = thrown));
    });
    expect(error).toBeInstanceOf(InputError);
    expect(backend.name).toBe('wasm');
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });

  it('goes through when the device is lost at that very moment', async () => {
    const device = new FakeDevice();
    const { backend, engine, lost } = await switching(device, new WasmBackend());
    const next = await loaded(new ReferenceBackend());
    let done: Promise<void> | undefined;
    const estimate = await run(engine, mixture, (hop) => {
      if (hop !== 20) return;
      device.loseAtStep = 20;
      done = backend.switchTo(next);
    });
    await done;
    expect(backend.name).toBe('reference');
    expect(lost.length).toBeLessThan(2);
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });
});

describe('a device that hangs', () => {
  const mixture = noise(HOP * 40, 1, 0.1);

  it.each([
    { asked: 'of which a step may take so long', longestStepMs: 200 },
    { asked: 'that was asked for, however slow', longestStepMs: Infinity },
  ])('and is to go lets go of its step, and nobody hears it: one $asked', async ({ longestStepMs }) => {
    const device = new FakeDevice();
    device.snapshotTurns = 10;
    const { backend, engine, lost } = await switching(device, undefined, longestStepMs);
    const next = await loaded(new WasmBackend());
    let done: Promise<void> | undefined;
    const estimate = await run(engine, mixture, (hop) => {
      if (hop !== 20) return;
      device.hangAtStep = 22; // begun after the state was asked for
      done = backend.switchTo(next);
    });
    await done;
    expect(backend.name).toBe('wasm');
    expect(device.destroyed).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });

  it('and cannot be read either goes too: what takes over has heard all that was noted', async () => {
    const device = new FakeDevice();
    const { backend, engine } = await switching(device);
    const next = await loaded(new WasmBackend());
    let done: Promise<void> | undefined;
    const estimate = await run(engine, mixture, (hop) => {
      if (hop !== 20) return;
      device.hangAtStep = 21;
      device.snapshot = () => new Promise(() => {});
      done = backend.switchTo(next);
    });
    await done;
    expect(backend.name).toBe('wasm');
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });
});

describe('a lost device', () => {
  const mixture = noise(HOP * 400, 2, 0.1);

  it.each([1, 2, 60, 126, 130, 251, 399])(
    'is not heard: the standby hears again what came since the last state, lost at hop %d',
    async (at) => {
      const device = new FakeDevice();
      device.loseAtStep = at;
      const { backend, engine, lost, made } = await switching(device, new WasmBackend());
      const estimate = await run(engine, mixture);
      expect(backend.name).toBe('wasm');
      expect(backend.losses).toBe(1);
      expect(lost).toHaveLength(1);
      expect(made()).toBe(0);
      expect(device.destroyed).toBe(1);
      expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
    },
  );

  it('reads the state about once a second, and never two at a time', async () => {
    const device = new FakeDevice();
    device.snapshotTurns = 50;
    const { engine } = await switching(device, new WasmBackend());
    await run(engine, mixture);
    expect(device.snapshots).toBe(3);
  });

  it('is replaced by one that is made then, where there is no standby', async () => {
    const device = new FakeDevice();
    device.loseAtStep = 30;
    const { backend, engine, made } = await switching(device);
    const estimate = await run(engine, mixture);
    expect(made()).toBe(1);
    expect(backend.name).toBe('wasm');
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });

  it('while nothing ran: a reset and a clue are not refused, and count for the one that takes over', async () => {
    const device = new FakeDevice();
    const { backend, engine } = await switching(device, new WasmBackend());
    await run(engine, mixture.subarray(0, 20 * HOP));
    device.loseAtStep = 20;
    engine.reset();
    backend.setClue(syntheticClue(2));
    const part = mixture.subarray(0, 30 * HOP);
    expect(worst(await run(engine, part), await expected(part, 0))).toBeLessThan(ROUNDING);
    expect(backend.name).toBe('wasm');
  });

  it('after a reset: nothing from before it comes back', async () => {
    const device = new FakeDevice();
    device.snapshotTurns = 20;
    device.loseAtStep = 130;
    const { engine } = await switching(device, new WasmBackend());
    // A state from before the reset is still being read when it comes.
    await run(engine, mixture.subarray(0, 127 * HOP));
    engine.reset();
    const part = mixture.subarray(0, 30 * HOP);
    expect(worst(await run(engine, part), await expected(part))).toBeLessThan(ROUNDING);
  });

  it('may also be one that hangs: its step is given up, and nothing of it is heard', async () => {
    const device = new FakeDevice();
    device.hangAtStep = 140;
    const { backend, engine, lost } = await switching(device, new WasmBackend(), 200);
    const estimate = await run(engine, mixture);
    expect(backend.name).toBe('wasm');
    expect(lost).toEqual([
      expect.stringMatching(/fake device: does not answer, expected a step within 200 ms/),
    ]);
    expect(worst(estimate, await expected(mixture))).toBeLessThan(ROUNDING);
  });

  it('is caught up with for as long as a ring lasts, no longer', async () => {
    const device = new FakeDevice();
    device.loseAtStep = 100;
    const standby = new ReferenceBackend();
    const { engine } = await switching(device, standby);
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const step = standby.step.bind(standby);
    let steps = 0;
    standby.step = (spectrum, estimate) => {
      steps++;
      nowMs += 10;
      step(spectrum, estimate);
    };
    const estimate = await run(engine, mixture.subarray(0, 101 * HOP));
    expect(steps).toBe(12 + 2);
    expect(estimate.every(Number.isFinite)).toBe(true);
  });
});

it('looks for steps that hang only while there are steps', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { engine } = await switching(new FakeDevice(), new WasmBackend(), 200);
    expect(vi.getTimerCount()).toBe(0);
    for (let n = 0; n < 2; n++) {
      await run(engine, noise(HOP * 5, 1, 0.1));
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1500);
      expect(vi.getTimerCount()).toBe(0);
    }
  } finally {
    vi.useRealTimers();
  }
});
