// The worker's core in Node: named errors on the wire, a lost device with and without a state that can be saved.
import { describe, expect, it } from 'vitest';
import type { Backend, Snapshot } from '../../src/shared/backend.ts';
import type { CrossMambaError } from '../../src/shared/errors.ts';
import {
  DeviceLostError,
  WasmUnavailableError,
  InputError,
  MicrophoneError,
  ModelFileError,
} from '../../src/shared/errors.ts';
import type { Model } from '../../src/shared/model.ts';
import { errorFromWire, errorToWire } from '../../src/shared/protocol-errors.ts';
import type { WorkerEvent } from '../../src/shared/protocol.ts';
import { WorkerCore, type WorkerParts } from '../../src/worker/api.ts';
import { noise } from './seeded.ts';

describe('errors on the wire', () => {
  it('come back with class, code, details and text after structured cloning', () => {
    for (const error of [
      new ModelFileError('has a wrong digest', { where: 'a.bin', expected: 'x', got: 'y', remedy: 'Do z' }),
      new MicrophoneError('none was found'),
    ]) {
      const back = errorFromWire(structuredClone(errorToWire(error)));
      expect(back).toBeInstanceOf(error.constructor);
      expect((back as CrossMambaError).code).toBe(error.code);
      expect((back as CrossMambaError).details).toEqual(error.details);
      expect(back.message).toBe(error.message);
      expect(back.name).toBe(error.name);
    }
  });

  it('keep name and text of other errors, and of what is no error', () => {
    expect(errorFromWire(errorToWire(new RangeError('too far')))).toMatchObject({
      name: 'RangeError',
      message: 'too far',
    });
    expect(errorFromWire(errorToWire('just text')).message).toBe('just text');
  });
});

const STATE = { level: { total: 1, weight: 2 }, conv_state: [], ssm_state: [] } satisfies Snapshot;

/** A core whose first device is lost at hop `loseAtHop` (the three hops of the warm-up are not in an extraction). */
function core({
  loseAtHop = -1,
  state,
  wasm = true,
}: { loseAtHop?: number; state?: Snapshot; wasm?: boolean } = {}) {
  const log: string[] = [];
  const restored: Snapshot[] = [];
  const backend = (name: Backend['name']): Backend => ({
    name,
    description: 'identity',
    load: async () => {},
    setClue: () => void log.push(`${name} clue`),
    step: () => {},
    reset: () => {},
    snapshot: async () => {
      if (state === undefined) throw new DeviceLostError('gone');
      return state;
    },
    restore: (snapshot) => void restored.push(snapshot),
    destroy: () => void log.push(`${name} destroyed`),
  });
  const parts: WorkerParts = {
    loadModel: async () => ({ config: { name: 'm', extractor: { embedding: 4 } } }) as unknown as Model,
    createBackend: async (choice) => {
      if (choice === 'wasm' && !wasm) throw new WasmUnavailableError('no SIMD');
      return { backend: backend(choice === 'auto' ? 'webgpu' : choice), reason: 'because' };
    },
    createEngine(made) {
      const previous = new Float32Array(128);
      let hops = 0;
      return {
        process(mixture, estimate) {
          if (made.name === 'webgpu' && hops++ === loseAtHop) throw new DeviceLostError('gone');
          estimate.set(previous);
          previous.set(mixture);
        },
        reset: () => void previous.fill(0),
      };
    },
    checkEnrollment: (samples, rateHz) => ({
      durationS: samples.length / rateHz,
      voicedS: 1,
      levelDbfs: -20,
      snrDb: 40,
      clippedShare: 0,
    }),
    encodeClue: (_, samples) => Float32Array.of(samples.length === 32_000 ? 1 : 0, 0, 0, 0),
  };
  const events: WorkerEvent[] = [];
  const made = new WorkerCore(parts);
  void made.listen((event) => events.push(event));
  return { core: made, log, restored, events };
}

const CLUE = Float32Array.of(0, 1, 0, 0);

describe('WorkerCore', () => {
  it('does nothing before a model and nothing live before a clue', async () => {
    const { core: made } = core();
    await expect(made.setClue(CLUE)).rejects.toThrow(InputError);
    await expect(made.stats()).rejects.toThrow('no model is loaded');
    expect(await made.load('somewhere', 'auto', { cache: false })).toMatchObject({
      model: 'm',
      backend: 'webgpu',
      reason: 'because',
    });
    await expect(made.load('somewhere', 'auto', { cache: false })).rejects.toThrow(
      'a model is loaded already',
    );
    await expect(made.extract(noise(10, 1), 16_000)).rejects.toThrow('no voice is enrolled');
    expect((await made.stats()).step).toBeNull();
  });

  it('refuses a clue of another size or length and keeps the one it has', async () => {
    const { core: made, log } = core();
    await made.load('somewhere', 'reference', { cache: false });
    await made.setClue(CLUE);
    for (const bad of [new Float32Array(4), new Float32Array(3).fill(0.577), Float32Array.of(NaN, 0, 0, 1)])
      await expect(made.setClue(bad)).rejects.toThrow(InputError);
    expect(log).toEqual(['reference clue']);
  });

  it("enrolls at any rate: the encoder gets the model's", async () => {
    const { core: made } = core();
    await made.load('somewhere', 'reference', { cache: false });
    const { embedding, report } = await made.enroll(noise(88_200, 2, 0.1), 44_100);
    expect(embedding[0]).toBe(1);
    expect(report.durationS).toBe(2);
  });

  it.each([
    { name: 'wasm', wasm: true, state: undefined },
    { name: 'wasm', wasm: true, state: STATE },
    { name: 'reference', wasm: false, state: STATE },
  ])('carries on with $name when the device is lost, saved state: $state', async ({ name, wasm, state }) => {
    const { core: made, log, restored, events } = core({ loseAtHop: 10, state, wasm });
    await made.load('somewhere', 'auto', { cache: false });
    await made.setClue(CLUE);
    const mixture = noise(128 * 30, 3);
    const estimate = await made.extract(mixture, 16_000);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'backendchange', backend: name, lost: true });
    expect(await made.stats()).toMatchObject({ backend: name, recoveries: 1 });
    expect(log).toEqual(['webgpu clue', `${name} clue`, 'webgpu destroyed']);
    expect(restored).toEqual(state === undefined ? [] : [STATE]);
    // The hop whose answer was on the lost device is missing, nothing else is, and a file gets silence there.
    for (let n = 0; n < mixture.length; n++)
      if (Math.floor(n / 128) === 9) expect(estimate[n]).toBe(0);
      else expect(estimate[n]).toBe(mixture[n]);
  });

  it('frees its backend, once', async () => {
    const { core: made, log } = core();
    await made.load('somewhere', 'auto', { cache: false });
    await made.dispose();
    await made.dispose();
    expect(log).toEqual(['webgpu destroyed']);
  });
});
