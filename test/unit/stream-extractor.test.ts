// The estimate is aligned with the mixture, comes exactly as late as promised and is as long as the mixture, at every rate.
import { describe, expect, it } from 'vitest';
import { HOP_SAMPLES } from '../../src/shared/audio-constants.ts';
import { AudioContextError, InputError } from '../../src/shared/errors.ts';
import { StreamExtractor, type HopEngine } from '../../src/worker/stream-extractor.ts';
import { report } from '../report.ts';
import { noise } from './seeded.ts';

const RATES_HZ = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];

/** Answers with the hop before, as the real engine does. `asynchronous`: as a GPU does. */
class IdentityEngine implements HopEngine {
  hops = 0;
  resets = 0;
  readonly #previous = new Float32Array(HOP_SAMPLES);

  constructor(readonly asynchronous = false) {}

  process(mixture: Float32Array, estimate: Float32Array): Promise<void> | void {
    this.hops++;
    estimate.set(this.#previous);
    this.#previous.set(mixture);
    return this.asynchronous ? Promise.resolve() : undefined;
  }

  skip(mixture: Float32Array): void {
    this.#previous.set(mixture);
  }

  forget(): void {}

  reset(): void {
    this.resets++;
    this.#previous.fill(0);
  }
}

/** Tones below 0.43 of the lower rate, by time. */
function music(rateHz: number, length: number): Float32Array {
  const samples = new Float32Array(length);
  const topHz = 0.43 * Math.min(rateHz, 16_000);
  for (let k = 1; k <= 20; k++)
    for (let n = 0; n < length; n++)
      samples[n] += 0.03 * Math.cos((2 * Math.PI * (topHz * k) * n) / 20.3 / rateHz + k * k * 2.4);
  return samples;
}

/** Pushes blocks of changing size, pulls after each; returns the output. */
async function run(extractor: StreamExtractor, mixture: Float32Array): Promise<Float32Array> {
  const output: number[] = [];
  const pulled = new Float32Array(700);
  const pull = () => {
    for (let count = extractor.pull(pulled); count > 0; count = extractor.pull(pulled))
      output.push(...pulled.subarray(0, count));
  };
  for (let start = 0, size = 128; start < mixture.length; start += size, size = (size * 5 + 41) % 1900) {
    await extractor.push(mixture.subarray(start, start + size));
    pull();
  }
  await extractor.flush();
  pull();
  return Float32Array.from(output);
}

describe('StreamExtractor', () => {
  it.each(RATES_HZ)(
    'with an engine that changes nothing gives the mixture back, in its place: %i Hz',
    async (rateHz) => {
      const mixture = music(rateHz, Math.round(0.4 * rateHz) + 77);
      const estimate = await run(new StreamExtractor(new IdentityEngine(true), rateHz), mixture);
      expect(estimate.length).toBe(mixture.length);
      const margin = Math.round(0.01 * rateHz);
      let signal = 0;
      let error = 0;
      for (let n = margin; n < mixture.length - margin; n++) {
        signal += mixture[n] ** 2;
        error += (mixture[n] - estimate[n]) ** 2;
      }
      const snrDb = 10 * Math.log10(signal / error);
      report(`stream extractor at ${rateHz} Hz: round trip ${snrDb.toFixed(1)} dB`);
      expect(snrDb).toBeGreaterThan(rateHz === 16_000 ? 200 : 55);
    },
  );

  it.each(RATES_HZ)(
    'hands every sample out at most lagSamples late, and some that late: %i Hz',
    async (rateHz) => {
      const extractor = new StreamExtractor(new IdentityEngine(), rateHz);
      const one = new Float32Array(1);
      const pulled = new Float32Array(4096);
      let out = 0;
      let latest = 0;
      // The pattern of hops against samples repeats after 5 hops (44.1 kHz and its kin) or sooner.
      const length = Math.round(0.15 * rateHz);
      for (let pushed = 1; pushed <= length; pushed++) {
        await extractor.push(one);
        // Sample `out` is missing after `pushed` samples: it is at least this late.
        const count = extractor.pull(pulled);
        if (count > 0) latest = Math.max(latest, pushed - out);
        out += count;
        expect(pushed - out).toBeLessThan(extractor.lagSamples);
      }
      report(
        `stream extractor at ${rateHz} Hz: lag ${extractor.lagSamples} samples, ${((1000 * extractor.lagSamples) / rateHz).toFixed(3)} ms`,
      );
      expect(latest).toBe(extractor.lagSamples);
    },
  );

  it.each([7, 7999, 192_001, 44_100.5, NaN, Infinity])('refuses a rate of %d Hz', (rateHz) => {
    expect(() => new StreamExtractor(new IdentityEngine(), rateHz)).toThrow(AudioContextError);
  });

  it('gives nothing for nothing, and one sample for one', async () => {
    const empty = new StreamExtractor(new IdentityEngine(), 48_000);
    await empty.flush();
    expect(empty.available).toBe(0);
    const one = new StreamExtractor(new IdentityEngine(), 48_000);
    await one.push(new Float32Array(1));
    await one.flush();
    expect(one.available).toBe(1);
  });

  it('takes a whole file in one push', async () => {
    const mixture = noise(100_000, 5);
    const extractor = new StreamExtractor(new IdentityEngine(), 16_000);
    await extractor.push(mixture);
    await extractor.flush();
    const estimate = new Float32Array(mixture.length);
    expect(extractor.pull(estimate)).toBe(mixture.length);
    expect(estimate).toEqual(mixture);
  });

  it('plays NaN and Inf as silence and counts them', async () => {
    const mixture = noise(4000, 6);
    mixture[1000] = NaN;
    mixture[1001] = Infinity;
    mixture[1002] = -Infinity;
    mixture[1003] = 2 ** 31; // of a file in whole numbers
    const extractor = new StreamExtractor(new IdentityEngine(), 16_000);
    const estimate = await run(extractor, mixture);
    expect(extractor.nonFinite).toBe(4);
    const expected = mixture.map((x) => (Math.abs(x) <= 1 ? x : 0));
    expect(estimate).toEqual(expected);
  });

  it('marks what it left out with NaN and keeps everything else in place', async () => {
    const mixture = noise(128 * 40, 7);
    const engine = new IdentityEngine();
    const extractor = new StreamExtractor(engine, 16_000);
    for (let hop = 0; hop < 40; hop++)
      await extractor.push(mixture.subarray(hop * 128, hop * 128 + 128), 128, hop >= 10 && hop < 14);
    await extractor.flush();
    const estimate = new Float32Array(mixture.length);
    expect(extractor.pull(estimate)).toBe(mixture.length);
    expect(engine.hops).toBe(40 - 4 + 8);
    for (let n = 0; n < mixture.length; n++) {
      // Hop t's estimate is the answer of step t + 1: what steps 10 … 14 would have answered is missing.
      const missing = n >= 9 * 128 && n < 14 * 128;
      if (missing) expect(estimate[n]).toBeNaN();
      else expect(estimate[n]).toBe(mixture[n]);
    }
  });

  it('starts anew after reset, refuses to go on after flush, refuses two pushes at once', async () => {
    const mixture = music(44_100, 5000);
    const engine = new IdentityEngine(true);
    const extractor = new StreamExtractor(engine, 44_100);
    const first = await run(extractor, mixture);
    await expect(extractor.push(mixture)).rejects.toThrow(InputError);
    extractor.reset();
    expect(engine.resets).toBe(1);
    expect(await run(extractor, mixture)).toEqual(first);
    extractor.reset();
    const push = extractor.push(mixture);
    await expect(extractor.push(mixture)).rejects.toThrow(InputError);
    await push;
  });
});
