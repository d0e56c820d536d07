// The engine: one hop late and otherwise exact, and back on its feet after anything that is not finite.
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/shared/backend.ts';
import { Engine } from '../../src/worker/engine.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { noise } from './seeded.ts';
import { syntheticClue, syntheticModel, TINY } from './synthetic-model.ts';

const model = syntheticModel(TINY);
const HOP = 128;

/** A backend whose estimate is the mixture, except where `spoil` says otherwise; counts its resets. */
function identity(spoil: (t: number) => number | undefined = () => undefined, later = false) {
  let t = 0;
  const backend = {
    resets: 0,
    step(spectrum: Float32Array, estimate: Float32Array) {
      estimate.set(spectrum);
      const bad = spoil(t++);
      if (bad !== undefined) estimate[100] = bad;
      if (later) return new Promise<void>((resolve) => setImmediate(resolve));
    },
    reset() {
      backend.resets++;
    },
  };
  return backend as typeof backend & Backend;
}

async function run(engine: Engine, mixture: Float32Array): Promise<Float32Array> {
  const estimate = new Float32Array(mixture.length);
  for (let n = 0; n < mixture.length; n += HOP)
    await engine.process(mixture.subarray(n, n + HOP), estimate.subarray(n, n + HOP));
  return estimate;
}

function worst(estimate: Float32Array, mixture: Float32Array, from: number): number {
  let max = 0;
  for (let n = from; n < estimate.length; n++) max = Math.max(max, Math.abs(estimate[n] - mixture[n - HOP]));
  return max;
}

describe('Engine', () => {
  it.each([false, true])('is exactly one hop late (asynchronous backend: %s)', async (later) => {
    const mixture = noise(HOP * 30, 1);
    const engine = new Engine(identity(undefined, later), model);
    expect(worst(await run(engine, mixture), mixture, HOP)).toBeLessThan(1e-6);
    expect(engine.counters).toEqual({ hops: 30, nonFiniteSamples: 0, recoveries: 0 });
  });

  it('returns no promise where the backend returns none', () => {
    const engine = new Engine(identity(), model);
    expect(engine.process(new Float32Array(HOP), new Float32Array(HOP))).toBeUndefined();
  });

  it('after hops that were left out hears frames as they were', async () => {
    const mixture = noise(HOP * 40, 4);
    /** Answers with the older half of the frame, so that what lies in it is heard; has no state. */
    const olderHalf = () => {
      const backend = identity();
      backend.step = (spectrum, estimate) => {
        for (let n = 0; n < spectrum.length; n++) estimate[n] = n & 2 ? -spectrum[n] : spectrum[n];
      };
      return backend;
    };
    const [whole, gapped] = [new Engine(olderHalf(), model), new Engine(olderHalf(), model)];
    const expected = await run(whole, mixture);
    const estimate = new Float32Array(mixture.length);
    for (let t = 0; t < 40; t++) {
      const hop = mixture.subarray(t * HOP, (t + 1) * HOP);
      if (t >= 10 && t < 23) gapped.skip(hop);
      else await gapped.process(hop, estimate.subarray(t * HOP, (t + 1) * HOP));
    }
    expect(gapped.counters.hops).toBe(27);
    // The answer to the first hop after them is in part of the time before them, and is not played.
    expect(estimate.subarray(24 * HOP)).toEqual(expected.subarray(24 * HOP));
    expect(expected.subarray(24 * HOP).some((sample) => Math.abs(sample) > 0.1)).toBe(true);
  });

  it('makes 0 of samples that are no sound, counts them, and leaves the mixture as it is', async () => {
    const clean = noise(HOP * 10, 2);
    const dirty = clean.slice();
    [NaN, Infinity, -Infinity, 3e38].forEach((bad, n) => {
      dirty[300 + 50 * n] = bad;
      clean[300 + 50 * n] = 0;
    });
    const engine = new Engine(identity(), model);
    const before = dirty.slice();
    const estimate = await run(engine, dirty);
    expect(dirty).toEqual(before);
    expect(worst(estimate, clean, HOP)).toBeLessThan(1e-6);
    expect(engine.counters.nonFiniteSamples).toBe(4);
  });

  it.each([NaN, Infinity])('falls silent for a hop and resets when an estimate is %d', async (bad) => {
    const backend = identity((t) => (t === 10 ? bad : undefined));
    const engine = new Engine(backend, model);
    const mixture = noise(HOP * 30, 3);
    const estimate = await run(engine, mixture);
    expect(estimate.subarray(10 * HOP, 11 * HOP).every((x) => x === 0)).toBe(true);
    expect(estimate.every(Number.isFinite)).toBe(true);
    expect(backend.resets).toBe(1);
    expect(engine.counters.recoveries).toBe(1);
    expect(worst(estimate, mixture, 16 * HOP)).toBeLessThan(1e-6);
  });

  it('recovers a network whose state was poisoned: the same as a fresh start', async () => {
    const backend = new ReferenceBackend();
    await backend.load(model);
    backend.setClue(syntheticClue(1));
    const engine = new Engine(backend, model);
    await run(engine, noise(HOP * 20, 4));
    const snapshot = await backend.snapshot();
    snapshot.ssm_state[1][5] = NaN;
    backend.restore(snapshot);
    await run(engine, noise(HOP, 5));
    expect(engine.counters.recoveries).toBe(1);
    const after = await run(engine, noise(HOP * 20, 6));
    engine.reset();
    expect(await run(engine, noise(HOP * 20, 6))).toEqual(after);
    expect(after.every(Number.isFinite)).toBe(true);
  });

  it('forgets what was heard, and misses nothing of the estimate', async () => {
    const backend = identity();
    const engine = new Engine(backend, model);
    const mixture = noise(HOP * 20, 7);
    const expected = await run(engine, mixture);
    engine.reset();
    const before = await run(engine, mixture.subarray(0, HOP * 10));
    engine.forget();
    const after = await run(engine, mixture.subarray(HOP * 10));
    expect(Float32Array.of(...before, ...after)).toEqual(expected);
    expect(backend.resets).toBe(2);
  });
});
