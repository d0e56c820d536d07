// What a stream adds to the clue: what counts as heard, which way it moves the clue, and when a backend gets it.
import { describe, expect, it } from 'vitest';
import { clueCosine } from '../../src/shared/clue-cosine.ts';
import { computeClueTerms, type ClueTerms } from '../../src/shared/clue-terms.ts';
import type { Backend } from '../../src/shared/backend.ts';
import { DeviceLostError } from '../../src/shared/errors.ts';
import type { Model } from '../../src/shared/model.ts';
import { StreamingStft } from '../../src/shared/stft.ts';
import { AdaptingBackend, type AdaptableBackend } from '../../src/worker/adapting-backend.ts';
import { ClueAdaptation } from '../../src/worker/clue-adaptation.ts';
import { ClueListener, encodeClue, ReferenceClueNetwork } from '../../src/worker/clue-encoder.ts';
import { SwitchingBackend } from '../../src/worker/switching-backend.ts';
import { difference } from './goldens.ts';
import { noise } from './seeded.ts';
import { syntheticModel, TINY } from './synthetic-model.ts';

const RATE_HZ = 16_000;
const HOP = 128;
const MODEL = syntheticModel(TINY);
const ENROLLMENT = noise(RATE_HZ, 1, 0.3);
const ENROLLED = encodeClue(MODEL, ENROLLMENT);
/** Two sounds that the encoder of the synthetic model tells apart: the second has no treble. */
const VOICE = noise(4 * RATE_HZ, 2, 0.3);
const STEADY = smoothed(noise(4 * RATE_HZ, 3, 0.3));
/** It comes and goes, as phrases do, once a second. */
const OTHER = STEADY.map((x, n) => x * Math.max(0.01, Math.sin((2 * Math.PI * n) / RATE_HZ)));
/** Duller still. */
const UNLIKE = smoothed(smoothed(VOICE));
const SILENCE = new Float32Array(4 * RATE_HZ);

const networks = () => [new ReferenceClueNetwork(MODEL), new ReferenceClueNetwork(MODEL)] as const;

function smoothed(samples: Float32Array): Float32Array {
  let y = 0;
  return samples.map((x) => (y += 0.1 * (x - y)));
}

/** [bins, 2] of every hop. */
function spectraOf(samples: Float32Array, model: Model = MODEL): Float32Array[] {
  const stft = new StreamingStft(model.config);
  return Array.from({ length: samples.length / HOP }, (_, t) => {
    const spectrum = new Float32Array(2 * stft.bins);
    stft.push(samples.subarray(t * HOP, (t + 1) * HOP), spectrum);
    return spectrum;
  });
}

/** The clue after a mixture of which `estimate` passed. */
function adapted(
  mixture: Float32Array,
  estimate: Float32Array,
  adaptation = new ClueAdaptation(MODEL, networks()),
) {
  const estimates = spectraOf(estimate);
  spectraOf(mixture).forEach((spectrum, t) => adaptation.hear(spectrum, estimates[t]));
  return adaptation.clue(ENROLLED);
}

describe('ClueListener', () => {
  const heard = (samples: Float32Array, share: number, memoryHops?: number) => {
    const listener = new ClueListener(MODEL, new ReferenceClueNetwork(MODEL), memoryHops);
    for (const spectrum of spectraOf(samples)) listener.hear(spectrum, share);
    return listener;
  };

  it('makes of a whole enrollment what the encoder makes of it, whatever every hop counts', () => {
    expect(heard(ENROLLMENT, 1).clue()).toEqual(ENROLLED);
    expect(difference(heard(ENROLLMENT, 0.25).clue(), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('forgets what is older than its memory', () => {
    const both = new Float32Array([...VOICE, ...STEADY]);
    const newest = heard(STEADY, 1).clue();
    const away = (memoryHops?: number) => 1 - clueCosine(heard(both, 1, memoryHops).clue(), newest);
    expect(away(50)).toBeLessThan(0.5 * away());
  });

  it('begins anew after a reset', () => {
    const listener = heard(VOICE, 1);
    listener.reset();
    for (const spectrum of spectraOf(ENROLLMENT)) listener.hear(spectrum);
    expect(listener.clue()).toEqual(ENROLLED);
  });
});

describe('ClueAdaptation', () => {
  it('moves the clue to the voice that passes', () => {
    const clue = adapted(VOICE, VOICE);
    const own = encodeClue(MODEL, VOICE);
    expect(Math.hypot(...clue)).toBeCloseTo(1, 5);
    expect(clueCosine(clue, own)).toBeGreaterThan(clueCosine(ENROLLED, own) + 1e-3);
    // What was enrolled has the last word.
    expect(clueCosine(clue, ENROLLED)).toBeGreaterThan(clueCosine(clue, own) - 0.05);
  });

  it('moves it away from what is taken away', () => {
    const clue = adapted(OTHER, SILENCE);
    const other = encodeClue(MODEL, OTHER);
    expect(Math.hypot(...clue)).toBeCloseTo(1, 5);
    expect(clueCosine(clue, other)).toBeLessThan(clueCosine(ENROLLED, other) - 1e-3);
  });

  it('learns nothing of a steady noise that is taken away', () => {
    expect(difference(adapted(STEADY, SILENCE), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('learns of a voice that is taken away over a steady noise, not of the noise', () => {
    const noisy = OTHER.map((x, n) => x + 0.02 * STEADY[n]);
    expect(clueCosine(adapted(noisy, SILENCE), adapted(OTHER, SILENCE))).toBeGreaterThan(0.999);
    const drowned = OTHER.map((x, n) => 0.2 * x + STEADY[n]);
    expect(difference(adapted(drowned, SILENCE), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('takes a noise for one soon after it begins', () => {
    const [twice, thrice] = [2, 3].map((times) => {
      const mixture = new Float32Array([
        ...SILENCE,
        ...Array<Float32Array>(times)
          .fill(STEADY)
          .flatMap((x) => [...x]),
      ]);
      return adapted(mixture, new Float32Array(mixture.length));
    });
    expect(thrice).toEqual(twice);
  });

  it('does not add a voice that passes but is not like the enrolled one', () => {
    expect(clueCosine(encodeClue(MODEL, UNLIKE), ENROLLED)).toBeLessThan(0.75);
    expect(difference(adapted(UNLIKE, UNLIKE), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('learns nothing of what is half the one and half the other', () => {
    const half = VOICE.map((x) => 0.5 * x);
    expect(difference(adapted(VOICE, half), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('learns nothing of a moment, of silence, and of what is not finite', () => {
    const begin = (samples: Float32Array, hops: number) => samples.subarray(0, hops * HOP);
    for (const [mixture, estimate] of [
      [begin(VOICE, 18), begin(VOICE, 18)],
      [begin(OTHER, 62), begin(SILENCE, 62)],
      [SILENCE, SILENCE],
      [VOICE, new Float32Array(VOICE.length).fill(NaN)],
    ])
      expect(difference(adapted(mixture, estimate), ENROLLED).max).toBeLessThan(1e-6);
  });

  it('forgets at a reset', () => {
    const adaptation = new ClueAdaptation(MODEL, networks());
    adapted(OTHER, SILENCE, adaptation);
    adaptation.reset();
    expect(difference(adaptation.clue(ENROLLED), ENROLLED).max).toBeLessThan(1e-6);
    expect(adapted(VOICE, VOICE, adaptation)).toEqual(adapted(VOICE, VOICE));
  });
});

describe('AdaptingBackend', () => {
  interface Given {
    readonly clue: Float32Array;
    readonly terms: ClueTerms | undefined;
    readonly hop: number;
  }

  /** Lets everything through. */
  function backend(isSlow = false) {
    const given: Given[] = [];
    let hop = 0;
    const through: AdaptableBackend = {
      setClue: (clue: Float32Array, terms?: ClueTerms) => void given.push({ clue, terms, hop }),
      step(spectrum, estimate) {
        hop++;
        estimate.set(spectrum);
        if (isSlow) return Promise.resolve();
      },
      reset: () => {},
    };
    const adapting = new AdaptingBackend(through, MODEL, networks());
    const run = async (spectra: readonly Float32Array[]) => {
      for (const spectrum of spectra) await adapting.step(spectrum, new Float32Array(spectrum.length));
    };
    return { adapting, given, run };
  }
  const spectra = spectraOf(VOICE);

  it.each([false, true])(
    'hands on the enrolled clue, then, twice a second, what it has become (promises: %s)',
    async (isSlow) => {
      const { adapting, given, run } = backend(isSlow);
      adapting.setClue(ENROLLED);
      await run(spectra.slice(0, 250));
      expect(given[0]).toEqual({ clue: ENROLLED, terms: undefined, hop: 0 });
      expect(given).toHaveLength(4);
      for (const { clue, terms, hop } of given.slice(2)) {
        expect(terms).toEqual(computeClueTerms(MODEL, clue));
        // Two blocks: a piece a hop.
        expect(hop % 63).toBe(5);
        expect(clueCosine(clue, ENROLLED)).toBeLessThan(0.9999);
      }
    },
  );

  it('makes the same of the same, however steps are computed', async () => {
    const made = [backend(false), backend(true)];
    for (const { adapting, run } of made) {
      adapting.setClue(ENROLLED);
      await run(spectra.slice(0, 200));
    }
    expect(made[1].given).toEqual(made[0].given);
  });

  it('goes back to the enrolled clue at a reset, and begins anew', async () => {
    const { adapting, given, run } = backend();
    adapting.setClue(ENROLLED);
    adapting.reset();
    expect(given).toHaveLength(1);
    // A clue is on its way when the stream ends.
    await run(spectra.slice(0, 191));
    const first = given.slice(1);
    adapting.reset();
    expect(given.at(-1)!.clue).toBe(ENROLLED);
    const before = given.length;
    await run(spectra.slice(0, 191));
    expect(given.slice(before).map(({ clue }) => clue)).toEqual(first.map(({ clue }) => clue));
  });

  it('tells who takes over from a lost device the clue as it has become, and the enrolled one at a reset', async () => {
    const clues: Record<string, Float32Array[]> = { webgpu: [], wasm: [] };
    let hops = 0;
    const made = (name: 'webgpu' | 'wasm'): Backend => ({
      ...{ name, description: name, load: async () => {}, reset() {}, restore() {}, destroy() {} },
      snapshot: async () => ({ level: { total: 0, weight: 0 }, conv_state: [], ssm_state: [] }),
      setClue: (clue) => void clues[name].push(clue),
      step(spectrum, estimate) {
        estimate.set(spectrum);
        if (name === 'wasm') return;
        return hops++ === 200 ? Promise.reject(new DeviceLostError('gone')) : Promise.resolve();
      },
    });
    const switching = new SwitchingBackend(made('webgpu'), MODEL, {
      standby: made('wasm'),
      makeStandby: () => Promise.reject(new Error('there is one')),
      longestStepMs: () => Infinity,
      onLost: () => {},
    });
    const adapting = new AdaptingBackend(switching, MODEL, networks());
    adapting.setClue(ENROLLED);
    for (const spectrum of spectra.slice(0, 400))
      await adapting.step(spectrum, new Float32Array(spectrum.length));
    expect(switching.name).toBe('wasm');
    expect(clues.wasm[0]).toBe(clues.webgpu.at(-1));
    expect(clueCosine(clues.wasm[0], ENROLLED)).toBeLessThan(0.9999);
    expect(clues.wasm.length, 'and goes on following').toBeGreaterThan(1);
    adapting.reset();
    expect(clues.wasm.at(-1)).toBe(ENROLLED);
    switching.destroy();
  });

  it('forgets what it heard when another voice is enrolled', async () => {
    const { adapting, given, run } = backend();
    adapting.setClue(encodeClue(MODEL, OTHER));
    await run(spectra);
    given.length = 0;
    adapting.setClue(ENROLLED);
    await run(spectra.slice(0, 200));
    const fresh = backend();
    fresh.adapting.setClue(ENROLLED);
    await fresh.run(spectra.slice(0, 200));
    expect(given.map(({ clue }) => clue)).toEqual(fresh.given.map(({ clue }) => clue));
  });

  it('follows the clue in use on where no other comes out of what was heard', async () => {
    const { adapting, given, run } = backend();
    // Of no clue encoder: nothing is left of it above 0.
    const nobody = new Float32Array(ENROLLED.length).fill(-1 / Math.sqrt(ENROLLED.length));
    adapting.setClue(nobody);
    await run(spectra.slice(0, 200).map((spectrum) => new Float32Array(spectrum.length)));
    expect(given.map(({ clue }) => clue)).toEqual([nobody]);
  });

  it('does nothing before a voice is enrolled', async () => {
    const { given, run } = backend();
    await run(spectra.slice(0, 130));
    expect(given).toHaveLength(0);
  });
});
