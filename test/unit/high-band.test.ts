// What lies above 8 kHz comes through as what lies just below it does, without delay; the rest is as it was.
import { describe, expect, it } from 'vitest';
import { HOP_SAMPLES, MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';
import { HighPass } from '../../src/worker/high-pass.ts';
import { StreamExtractor, type HopEngine } from '../../src/worker/stream-extractor.ts';
import { report } from '../report.ts';
import { noise, tone } from './seeded.ts';

/** Answers with the hop before, as loud as `gain` says of that hop. */
class GainEngine implements HopEngine {
  readonly #previous = new Float32Array(HOP_SAMPLES);
  #hops = 0;

  constructor(readonly gain: (hop: number) => number) {}

  process(mixture: Float32Array, estimate: Float32Array): void {
    estimate.set(this.#previous.map((sample) => sample * this.gain(this.#hops - 1)));
    this.skip(mixture);
  }

  skip(mixture: Float32Array): void {
    this.#previous.set(mixture);
    this.#hops++;
  }

  forget(): void {}
  reset(): void {}
}

/** Amplitude of a tone in samples `from` … `to`. */
function amplitude(samples: Float32Array, frequencyHz: number, rateHz: number, from: number, to: number) {
  let [real, imaginary] = [0, 0];
  for (let n = from; n < to; n++) {
    const angle = (2 * Math.PI * frequencyHz * n) / rateHz;
    real += samples[n] * Math.cos(angle);
    imaginary += samples[n] * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / (to - from);
}

const quieter = (samples: Float32Array, gain: number) => samples.map((sample) => gain * sample);
const sum = (...parts: Float32Array[]) =>
  parts[0].map((_, n) => parts.reduce((all, part) => all + part[n], 0));

async function run(engine: HopEngine, rateHz: number, mixture: Float32Array): Promise<Float32Array> {
  const extractor = new StreamExtractor(engine, rateHz);
  await extractor.push(mixture);
  await extractor.flush();
  const estimate = new Float32Array(mixture.length);
  expect(extractor.pull(estimate)).toBe(mixture.length);
  return estimate;
}

describe('what lies above 8 kHz', () => {
  it.each([32_000, 44_100, 48_000, 96_000])(
    'passes sample for sample where nothing is taken away: %i Hz',
    async (rateHz) => {
      const mixture = noise(rateHz / 2, 3, 0.5);
      const estimate = await run(new GainEngine(() => 1), rateHz, mixture);
      // Until the first gain is read there is none.
      const settled = Math.round(0.02 * rateHz);
      for (let n = settled; n < mixture.length; n++) expect(estimate[n]).toBeCloseTo(mixture[n], 6);
    },
  );

  it('is as loud as the estimate is from 4 to 8 kHz, wherever the rest is', async () => {
    const rateHz = 48_000;
    const parts = [1000, 5500, 12_000].map((frequencyHz) => quieter(tone(frequencyHz, rateHz, 0.5), 0.1));
    const [from, to] = [0.2 * rateHz, 0.4 * rateHz];
    for (const gain of [1, 0.5, 0.1, 0]) {
      const estimate = await run(new GainEngine(() => gain), rateHz, sum(...parts));
      expect(amplitude(estimate, 12_000, rateHz, from, to)).toBeCloseTo(0.1 * gain, 4);
      expect(amplitude(estimate, 1000, rateHz, from, to)).toBeCloseTo(0.1 * gain, 3);
    }
  });

  it('comes and goes with it within two hops, in its place', async () => {
    const rateHz = 48_000;
    const hop = (HOP_SAMPLES * rateHz) / MODEL_RATE_HZ;
    const lengthS = (40 * hop) / rateHz;
    const mixture = quieter(sum(tone(6000, rateHz, lengthS), tone(13_000, rateHz, lengthS)), 0.1);
    const estimate = await run(new GainEngine((at) => (at >= 10 && at < 25 ? 1 : 0)), rateHz, mixture);
    const at = (from: number, to: number) => amplitude(estimate, 13_000, rateHz, from * hop, to * hop);
    report(
      `above 8 kHz, hops 8 … 29: ${[8, 10, 11, 12, 25, 26, 27].map((n) => at(n, n + 1).toFixed(3)).join(' ')}`,
    );
    expect(at(2, 9)).toBeLessThan(1e-4);
    expect(at(12, 24)).toBeGreaterThan(0.085);
    expect(at(13, 24)).toBeCloseTo(0.1, 2);
    expect(at(27, 40)).toBeLessThan(0.02);
    expect(at(31, 40)).toBeLessThan(1e-3);
  });

  it('leaves what lies below as it is', async () => {
    const rateHz = 48_000;
    const [low, loud] = [noise(rateHz / 2, 4, 0.1), quieter(tone(12_000, rateHz, 0.5), 0.4)];
    const narrow = await run(new GainEngine(() => 0.5), rateHz, low);
    const both = await run(new GainEngine(() => 0.5), rateHz, sum(low, loud));
    const rest = both.map((sample, n) => sample - narrow[n]);
    const [from, to] = [0.1 * rateHz, 0.4 * rateHz];
    for (const frequencyHz of [500, 2000, 6000])
      expect(amplitude(rest, frequencyHz, rateHz, from, to)).toBeLessThan(1e-4);
  });

  it('is missing where the estimate is, and in its place afterwards', async () => {
    const rateHz = 48_000;
    const hop = (HOP_SAMPLES * rateHz) / MODEL_RATE_HZ;
    const mixture = noise(30 * hop, 8, 0.5);
    const extractor = new StreamExtractor(new GainEngine(() => 1), rateHz);
    for (let at = 0; at < 30; at++)
      await extractor.push(mixture.subarray(at * hop, (at + 1) * hop), hop, at === 10);
    await extractor.flush();
    const estimate = new Float32Array(mixture.length);
    extractor.pull(estimate);
    const missing = [...estimate.keys()].filter((n) => Number.isNaN(estimate[n]));
    // Two hops, and the resampler's reach to either side.
    expect(missing.length / hop).toBeGreaterThan(1.9);
    expect(missing.length / hop).toBeLessThan(2.6);
    const after = missing.at(-1)! + 1;
    // The gain forgets what was not there, 0.4 of it a hop.
    for (let n = after + 2 * hop; n < mixture.length; n++)
      expect(estimate[n]).toBeCloseTo(mixture[n], n < after + 12 * hop ? 1 : 4);
  });
});

describe('HighPass', () => {
  it('is 3 dB down where it is said to be, flat above, and 24 dB an octave below', () => {
    const db = (frequencyHz: number) => {
      const filter = new HighPass(4000, 16_000);
      const output = new Float32Array(4000);
      filter.process(tone(frequencyHz, 16_000, 0.25), output);
      return 20 * Math.log10(amplitude(output, frequencyHz, 16_000, 1000, 3000));
    };
    expect(db(4000)).toBeCloseTo(-3.01, 1);
    expect(db(7000)).toBeCloseTo(0, 1);
    // The bilinear transform makes it steeper: 24.1 dB an octave far below, by tan(π f / rate).
    expect(db(1000)).toBeCloseTo(-80 * Math.log10(1 / Math.tan(Math.PI / 16)), 0);
  });

  it('begins anew after reset', () => {
    const filter = new HighPass(4000, 16_000);
    const [first, second] = [new Float32Array(500), new Float32Array(500)];
    filter.process(noise(500, 1), first);
    filter.reset();
    filter.process(noise(500, 1), second);
    expect(second).toEqual(first);
  });
});
