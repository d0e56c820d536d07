// The worker's core in Node: what it refuses, changes of backend, a lost device, extraction with progress and cancel.
import { describe, expect, it } from 'vitest';
import type { Backend, BackendName } from '../../src/shared/backend.ts';
import { AbortError, DeviceLostError, InputError, WebGpuUnavailableError } from '../../src/shared/errors.ts';
import type { LoadedModel } from '../../src/shared/model.ts';
import type { BackendChoice, TrialReport, WorkerEvent } from '../../src/shared/protocol.ts';
import { createRingBuffer, RingWriter } from '../../src/shared/ring.ts';
import { WorkerCore, type WorkerParts } from '../../src/worker/api.ts';
import { KEPT_S } from '../../src/worker/live-engine.ts';
import { noise } from './seeded.ts';

const CONFIG = {
  ...{ name: 'm', sample_rate: 16_000, frame: 512, hop: 128, synthesis: 256 },
  extractor: { embedding: 4 },
};
const MODEL = { config: CONFIG, clueEncoder: 'abc' } as unknown as LoadedModel;
const CLUE = Float32Array.of(0, 1, 0, 0);
const ORIGIN = { weights: 'network', offline: false, cacheProblem: null } as const;

interface Settings {
  readonly loseAtHop?: number;
  /** Asked before each hop of WebGPU, whether that one never ends. */
  readonly hangs?: () => boolean;
  readonly standby?: boolean;
  /** What 'auto' is said to have measured. */
  readonly trial?: TrialReport;
  /** What cannot be had. */
  readonly missing?: readonly BackendChoice[];
}

/** A core whose network lets everything through. */
function core({ loseAtHop = -1, hangs = () => false, standby = true, missing = [], trial }: Settings = {}) {
  const log: string[] = [];
  const encoded: Float32Array[] = [];
  const resets = { count: 0 };
  const backend = (name: BackendName): Backend => {
    let hops = 0;
    let giveUp = () => {};
    const step = (spectrum: Float32Array, estimate: Float32Array) => {
      if (name === 'webgpu' && hops++ === loseAtHop) throw new DeviceLostError('gone');
      estimate.set(spectrum);
    };
    return {
      name,
      description: `identity as ${name}`,
      load: async () => {},
      setClue: (clue) => void log.push(`${name} ${clue === CLUE ? 'clue' : "nobody's clue"}`),
      async step(spectrum, estimate) {
        if (name === 'webgpu' && hangs())
          await new Promise((_, reject) => (giveUp = () => reject(new Error('destroyed while it ran'))));
        step(spectrum, estimate);
      },
      ...(name === 'webgpu' ? {} : { step }),
      reset: () => void resets.count++,
      snapshot: async () => ({ level: { total: 1, weight: 2 }, conv_state: [], ssm_state: [] }),
      restore: () => {},
      destroy() {
        log.push(`${name} destroyed`);
        giveUp();
      },
    };
  };
  const parts: WorkerParts = {
    loadModel: async () => ({ model: MODEL, origin: ORIGIN }),
    async createBackend(choice, _, options) {
      if (missing.includes(choice)) throw new WebGpuUnavailableError('none here');
      const name = choice === 'auto' ? 'webgpu' : choice;
      const beside = name === 'webgpu' && options.standby && standby ? backend('wasm') : undefined;
      const measured = (choice === 'auto' && trial) || null;
      return { backend: backend(name), standby: beside, reason: `${choice} wanted`, trial: measured };
    },
    createStandby: async () => backend(missing.includes('wasm') ? 'reference' : 'wasm'),
    checkEnrollment: async (samples, rateHz) => ({
      ...{ durationS: samples.length / rateHz, voicedS: 1, levelDbfs: -20, snrDb: 40, clippedShare: 0 },
    }),
    async encodeClue(_, samples, rateHz) {
      encoded.push(samples);
      return Float32Array.of(samples.length / rateHz === 2 ? 1 : 0, 0.6, 0, 0);
    },
    createClueNetwork: async () => await Promise.reject(new Error('not asked for')),
  };
  const events: WorkerEvent[] = [];
  const made = new WorkerCore(parts);
  void made.listen((event) => events.push(event));
  return { core: made, log, events, encoded, resets };
}

async function ready(choice: BackendChoice, settings?: Settings) {
  const made = core(settings);
  await made.core.load('somewhere', choice, { cache: false, adaptation: false });
  await made.core.setClue(CLUE);
  return made;
}

function worst(estimate: Float32Array, mixture: Float32Array): number {
  return mixture.reduce((most, x, n) => Math.max(most, Math.abs(x - estimate[n])), 0);
}

describe('WorkerCore', () => {
  it('does nothing before a model and nothing live before a clue', async () => {
    const { core: made } = core();
    await expect(made.setClue(CLUE)).rejects.toThrow(InputError);
    await expect(made.setBackend('wasm')).rejects.toThrow(InputError);
    await expect(made.stats()).rejects.toThrow('no model is loaded');
    expect(await made.load('somewhere', 'auto', { cache: false, adaptation: false })).toEqual({
      ...{
        model: 'm',
        clueEncoder: 'abc',
        backend: 'webgpu',
        reason: 'auto wanted',
        trial: null,
        origin: ORIGIN,
      },
    });
    await expect(made.load('somewhere', 'auto', { cache: false, adaptation: false })).rejects.toThrow(
      'a model is loaded already',
    );
    await expect(made.extract({ id: 1, hearFirst: false }, noise(10, 1), 16_000)).rejects.toThrow(
      'no voice is enrolled',
    );
    expect((await made.stats()).step).toBeNull();
  });

  it('refuses a backend that there is none of before it fetches a model, and all the same later', async () => {
    const { core: made } = core();
    const gpu = 'gpu' as BackendChoice;
    await expect(made.load('somewhere', gpu, { cache: false, adaptation: false })).rejects.toThrow(
      'backend: there is no such backend, expected auto, webgpu, wasm, reference, got gpu',
    );
    await made.load('somewhere', 'wasm', { cache: false, adaptation: false });
  });

  it('refuses a clue of another size, length or sign and keeps the one it has', async () => {
    const { core: made, log } = await ready('reference');
    const bad = [
      ...[new Float32Array(4), new Float32Array(3).fill(0.577), Float32Array.of(NaN, 0, 0, 1)],
      Float32Array.of(0.8, -0.6, 0, 0),
    ];
    for (const clue of bad) await expect(made.setClue(clue)).rejects.toThrow(InputError);
    await expect(made.setClue(bad[3])).rejects.toThrow(/of length 1\.?\d*, down to -0\.6/);
    expect(log).toEqual(['reference clue']);
  });

  it('enrolls at any rate', async () => {
    const { core: made } = await ready('reference');
    const { embedding, clueEncoder, report } = await made.enroll(noise(88_200, 2, 0.1), 44_100);
    expect(embedding[0]).toBe(1);
    expect(clueEncoder).toBe('abc');
    expect(report.durationS).toBe(2);
  });

  it('frees its backends, once', async () => {
    const { core: made, log } = await ready('auto');
    await made.dispose();
    await made.dispose();
    expect(log.filter((line) => line.endsWith('destroyed'))).toEqual(['webgpu destroyed', 'wasm destroyed']);
  });
});

describe('the speaker similarity', () => {
  const RATE_HZ = 16_000;
  const CAPACITY = 2 * KEPT_S * RATE_HZ;

  const ringLink = () =>
    ({ kind: 'ring', capture: createRingBuffer(CAPACITY), playback: createRingBuffer(CAPACITY) }) as const;

  async function live() {
    const made = await ready('reference');
    const link = ringLink();
    // So much slack that no hop is left out.
    await made.core.attach(link, RATE_HZ, CAPACITY);
    const writer = new RingWriter(link.capture);
    async function hear(samples: Float32Array): Promise<void> {
      const { hops } = await made.core.stats();
      writer.push(samples, samples.length);
      const wanted = hops + Math.floor(samples.length / 128);
      await expect.poll(async () => (await made.core.stats()).hops).toBe(wanted);
    }
    return { ...made, hear };
  }

  it('is that of the newest five seconds that came in and the clue in use', async () => {
    const { core: made, encoded, hear } = await live();
    const sound = noise(128 * 700, 5);
    await hear(sound.subarray(0, 128 * 600));
    expect(await made.speakerSimilarity(), 'of less').toBeNull();
    await hear(sound.subarray(128 * 600));
    expect(await made.speakerSimilarity()).toBeCloseTo(0.6, 6);
    expect(encoded).toHaveLength(1);
    expect(encoded[0]).toEqual(sound.subarray(-KEPT_S * RATE_HZ));
    await made.dispose();
  });

  it('is none of exact silence, nor of what a run before heard', async () => {
    const { core: made, encoded, hear } = await live();
    await hear(new Float32Array(128 * 650));
    expect(await made.speakerSimilarity()).toBeNull();
    await hear(noise(128 * 650, 6));
    expect(await made.speakerSimilarity()).toBeCloseTo(0.6, 6);
    await made.attach(ringLink(), RATE_HZ, CAPACITY);
    expect(await made.speakerSimilarity()).toBeNull();
    expect(encoded).toHaveLength(1);
    await made.dispose();
    await expect(made.speakerSimilarity()).rejects.toThrow('no model is loaded');
  });
});

describe('a lost device', () => {
  it.each([
    { takesOver: 'wasm', settings: { standby: true } },
    { takesOver: 'wasm', settings: { standby: false } },
    { takesOver: 'reference', settings: { standby: false, missing: ['wasm'] as const } },
  ])('ends in sound from $takesOver, $settings, and nothing is missing', async ({ takesOver, settings }) => {
    const { core: made, log, events } = await ready('auto', { loseAtHop: 10, ...settings });
    const mixture = noise(128 * 30, 3);
    expect(worst(await made.extract({ id: 1, hearFirst: false }, mixture, 16_000), mixture)).toBeLessThan(
      1e-6,
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'backendchange', backend: takesOver, lost: true });
    const { reason, ...stats } = await made.stats();
    expect(stats).toMatchObject({ backend: takesOver, recoveries: 1 });
    expect(reason).toBe(`identity as ${takesOver}, as the device before was lost (gone)`);
    expect(log.slice(-2)).toEqual([`${takesOver} clue`, 'webgpu destroyed']);
  });
});

describe('a step that never ends, of a backend that was asked for by name', () => {
  it('is given up by the next stream, which runs without the device', async () => {
    let [hangs, met] = [false, 0];
    const { core: made, events } = await ready('webgpu', { hangs: () => hangs && ++met > 0 });
    const link = () =>
      ({ kind: 'ring', capture: createRingBuffer(4096), playback: createRingBuffer(4096) }) as const;
    const first = link();
    await made.attach(first, 16_000, 4096);
    hangs = true;
    new RingWriter(first.capture).push(noise(1280, 3), 1280);
    await expect.poll(() => met).toBe(1);
    const detached = made.detach();
    const second = link();
    await made.attach(second, 16_000, 4096);
    await detached;
    new RingWriter(second.capture).push(noise(1280, 4), 1280);
    await expect.poll(async () => (await made.stats()).hops).toBe(10);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'backendchange', backend: 'wasm', lost: true });
    await made.dispose();
  });

  it('does not keep a file from being cancelled, nor the next from being extracted', async () => {
    let hangs = false;
    const { core: made } = await ready('webgpu', { hangs: () => hangs });
    const cancelled = expect(
      made.extract({ id: 1, hearFirst: false }, noise(16_000, 5), 16_000, () => (hangs = true)),
    ).rejects.toThrow(AbortError);
    await expect.poll(() => hangs).toBe(true);
    await made.cancelExtract(1);
    await cancelled;
    const mixture = noise(1280, 6);
    expect(worst(await made.extract({ id: 2, hearFirst: false }, mixture, 16_000), mixture)).toBeLessThan(
      1e-6,
    );
  });
});

describe('reset', () => {
  it('forgets before the next hop while it runs, at once while nothing does, and leaves a file alone', async () => {
    const { core: made, resets } = await ready('reference');
    const before = resets.count;
    await made.reset();
    expect(resets.count).toBe(before + 1);
    const extracting = made.extract({ id: 1, hearFirst: false }, noise(16_000, 5), 16_000);
    await expect.poll(() => resets.count).toBe(before + 2);
    await made.reset();
    expect(resets.count, 'within a file').toBe(before + 2);
    await extracting;
    const link = { kind: 'ring', capture: createRingBuffer(4096), playback: createRingBuffer(4096) } as const;
    await made.attach(link, 16_000, 4096);
    const live = resets.count;
    await made.reset();
    expect(resets.count, 'before a hop').toBe(live);
    new RingWriter(link.capture).push(noise(256, 7), 256);
    await expect.poll(() => resets.count).toBe(live + 1);
    await made.dispose();
  });
});

describe('setBackend', () => {
  it('changes, tells why, and takes what is beside WebGPU without making another', async () => {
    const { core: made, log, events } = await ready('wasm');
    expect(await made.setBackend('webgpu')).toMatchObject({ backend: 'webgpu', reason: 'webgpu wanted' });
    expect(await made.setBackend('wasm')).toMatchObject({
      backend: 'wasm',
      reason: 'identity as wasm, as was asked for',
    });
    expect(events.map((event) => event.type === 'backendchange' && [event.backend, event.lost])).toEqual([
      ['webgpu', false],
      ['wasm', false],
    ]);
    // The new one is warmed up with a clue that is nobody's; the first still has the real one.
    expect(log).toEqual(['wasm clue', "webgpu nobody's clue", 'webgpu clue', 'webgpu destroyed']);
  });

  it('does nothing where that backend runs already', async () => {
    const { core: made, log, events } = await ready('webgpu');
    const before = log.length;
    await made.setBackend('webgpu');
    // 'auto' may make one to find out.
    expect((await made.setBackend('auto')).reason).toBe('auto wanted');
    expect(log.slice(before)).toEqual(['webgpu destroyed', 'wasm destroyed']);
    expect(events).toEqual([]);
  });

  it('takes what auto chose without its limits once it is asked for by name', async () => {
    const times = { n: 1, p50: 1, p95: 1, p99: 1, max: 1 };
    const trial = { wasm: times, webgpu: times, kept: false } as unknown as TrialReport;
    const { core: made } = await ready('auto', { trial });
    expect((await made.setBackend('auto')).trial).toBe(trial);
    expect(await made.setBackend('webgpu')).toMatchObject({
      backend: 'webgpu',
      reason: 'identity as webgpu, as was asked for',
      trial: null,
    });
  });

  it('leaves all as it is where the new one cannot be had', async () => {
    const { core: made, events } = await ready('wasm', { missing: ['webgpu'] });
    await expect(made.setBackend('webgpu')).rejects.toThrow(WebGpuUnavailableError);
    expect(await made.stats()).toMatchObject({ backend: 'wasm', reason: 'wasm wanted' });
    expect(events).toEqual([]);
    const mixture = noise(128 * 5, 3);
    expect(worst(await made.extract({ id: 1, hearFirst: false }, mixture, 16_000), mixture)).toBeLessThan(
      1e-6,
    );
  });

  it('takes changes one after the other, in the middle of a file too', async () => {
    const { core: made } = await ready('wasm');
    const mixture = noise(16_000 * 3, 3);
    const extracting = made.extract({ id: 1, hearFirst: false }, mixture, 16_000);
    const reports = await Promise.all([
      ...(['webgpu', 'reference', 'wasm'] as const).map((choice) => made.setBackend(choice)),
      extracting,
    ]);
    expect(worst(reports[3] as Float32Array, mixture)).toBeLessThan(1e-6);
    expect(await made.stats()).toMatchObject({ backend: 'wasm' });
  });
});

describe('attach', () => {
  it('does not begin where detach comes before, and can be asked for again at once', async () => {
    const { core: made } = await ready('webgpu');
    const link = () =>
      ({ kind: 'ring', capture: createRingBuffer(4096), playback: createRingBuffer(4096) }) as const;
    const first = expect(made.attach(link(), 16_000, 128)).rejects.toThrow(AbortError);
    const detached = made.detach();
    const second = made.attach(link(), 16_000, 128);
    await Promise.all([first, detached, second]);
    await expect(made.extract({ id: 1, hearFirst: false }, noise(100, 1), 16_000)).rejects.toThrow(
      'the live stream has the engine',
    );
    await made.detach();
    expect(await made.extract({ id: 2, hearFirst: false }, noise(100, 1), 16_000)).toHaveLength(100);
  });
});

describe('extract', () => {
  it('tells how far it is', async () => {
    const { core: made } = await ready('reference');
    const shares: number[] = [];
    const mixture = noise(48_000 * 2, 4);
    const estimate = await made.extract({ id: 1, hearFirst: false }, mixture, 48_000, (share) =>
      shares.push(share),
    );
    expect(estimate.length).toBe(mixture.length);
    expect(shares.length).toBeGreaterThan(7);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('hears the first 15 s before, when it is asked to', async () => {
    const { core: made } = await ready('reference');
    const mixture = noise(8000 * 20, 4);
    const shares: number[] = [];
    const hops = async () => (await made.stats()).hops;
    const asLive = await made.extract({ id: 1, hearFirst: false }, mixture, 8000);
    const once = await hops();
    const told = (share: number) => shares.push(share);
    const estimate = await made.extract({ id: 2, hearFirst: true }, mixture, 8000, told);
    expect(worst(estimate, asLive)).toBeLessThan(1e-5);
    // 15 s of 8 ms, and the hops of its flush.
    expect((await hops()) - 2 * once).toBeGreaterThanOrEqual(15 / 0.008);
    expect((await hops()) - 2 * once).toBeLessThan(15 / 0.008 + 40);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[Math.round(shares.length * (15 / 35))]).toBeCloseTo(15 / 35, 1);
    expect(shares.at(-1)).toBe(1);
  });

  it('answers when its last word was heard: on its way to the page an answer could overtake it', async () => {
    const { core: made } = await ready('wasm');
    await made.setClue(CLUE);
    const heard: number[] = [];
    const slowly = async (share: number) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      heard.push(share);
    };
    await made.extract({ id: 1, hearFirst: false }, noise(16_000, 3), 16_000, (share) => slowly(share));
    expect(heard.at(-1)).toBe(1);
  });

  it('ends by name when it is cancelled, and is as good as new', async () => {
    const { core: made } = await ready('reference');
    const mixture = noise(16_000 * 5, 5);
    let cancelling: Promise<void> | undefined;
    let told = 0;
    const extracting = made.extract({ id: 1, hearFirst: false }, mixture, 16_000, () => {
      if (++told === 3) cancelling = made.cancelExtract(1);
    });
    await expect(extracting).rejects.toThrow(AbortError);
    await cancelling;
    expect(told).toBe(3);
    const rest = mixture.subarray(0, 16_000);
    expect(worst(await made.extract({ id: 1, hearFirst: false }, rest, 16_000), rest)).toBeLessThan(1e-6);
    await made.cancelExtract(1);
  });

  it('is not ended by whoever was refused', async () => {
    const { core: made } = await ready('reference');
    const mixture = noise(16_000 * 3, 5);
    const extracting = made.extract({ id: 1, hearFirst: false }, mixture, 16_000);
    await expect(made.extract({ id: 2, hearFirst: false }, noise(100, 1), 16_000)).rejects.toThrow(
      'a file is being extracted',
    );
    await made.cancelExtract(2);
    expect(worst(await extracting, mixture)).toBeLessThan(1e-6);
  });

  it('is refused while another runs, and is ended by dispose', async () => {
    const { core: made } = await ready('reference');
    const extracting = made.extract({ id: 1, hearFirst: false }, noise(16_000 * 5, 5), 16_000);
    await expect(made.extract({ id: 1, hearFirst: false }, noise(100, 1), 16_000)).rejects.toThrow(
      'a file is being extracted',
    );
    const ended = expect(extracting).rejects.toMatchObject({ name: 'AbortError', code: 'aborted' });
    await made.dispose();
    await ended;
  });
});
