// The resampler's figures: passband, stopband, round trip, exact time, no drift, independence of the block sizes.
import { describe, expect, it } from 'vitest';
import { Resampler, ResamplerTiming } from '../../src/shared/resampler.ts';
import { resample } from '../../src/shared/resampling.ts';
import { report } from '../report.ts';
import { tone } from './seeded.ts';

/** A sum of tones up to `topHz`, of fixed pseudo-random phases, told by time. */
function bandLimited(rateHz: number, lengthS: number, topHz: number): Float64Array {
  const samples = new Float64Array(Math.round(lengthS * rateHz));
  for (let k = 1; k <= 40; k++) {
    const frequencyHz = (topHz * k) / 40.5;
    const phase = (k * k * 2.399963) % (2 * Math.PI);
    for (let n = 0; n < samples.length; n++)
      samples[n] += 0.02 * Math.cos((2 * Math.PI * frequencyHz * n) / rateHz + phase);
  }
  return samples;
}

const db = (ratio: number) => 20 * Math.log10(ratio);

/** Amplitude of a frequency in the middle of a signal (Hann-weighted correlation). */
function amplitude(samples: Float32Array, frequencyHz: number, rateHz: number): number {
  let real = 0;
  let imaginary = 0;
  let weights = 0;
  const margin = Math.floor(samples.length / 8);
  for (let n = margin; n < samples.length - margin; n++) {
    const weight = Math.sin((Math.PI * (n - margin + 0.5)) / (samples.length - 2 * margin)) ** 2;
    const angle = (2 * Math.PI * frequencyHz * n) / rateHz;
    real += weight * samples[n] * Math.cos(angle);
    imaginary += weight * samples[n] * Math.sin(angle);
    weights += weight;
  }
  return (2 * Math.hypot(real, imaginary)) / weights;
}

function snrDb(expected: Float64Array, got: Float32Array, margin: number): number {
  let signal = 0;
  let error = 0;
  for (let n = margin; n < expected.length - margin; n++) {
    signal += expected[n] ** 2;
    error += (expected[n] - got[n]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

describe('Resampler', () => {
  it('is flat to 7 kHz and lets nothing from above 9 kHz through, at 48 kHz to 16 kHz', () => {
    let ripple = 0;
    for (const hz of [100, 1000, 3000, 5000, 6000, 6500, 7000]) {
      const out = resample(tone(hz, 48_000, 0.25), 48_000, 16_000);
      ripple = Math.max(ripple, Math.abs(db(amplitude(out, hz, 16_000))));
    }
    let worst = -Infinity;
    for (const hz of [9000, 9200, 10_000, 12_000, 15_000, 17_000, 20_000, 23_500]) {
      const out = resample(tone(hz, 48_000, 0.25), 48_000, 16_000);
      worst = Math.max(worst, db(out.slice(200, -200).reduce((peak, x) => Math.max(peak, Math.abs(x)), 0)));
    }
    report(
      `resampler 48 → 16 kHz: passband ±${ripple.toFixed(4)} dB to 7 kHz, above 9 kHz ${worst.toFixed(1)} dB`,
    );
    expect(ripple).toBeLessThan(0.5);
    expect(worst).toBeLessThan(-60);
  });

  it('makes no images at 16 kHz to 48 kHz', () => {
    let worst = -Infinity;
    for (const hz of [500, 3000, 6500, 7000]) {
      const out = resample(tone(hz, 16_000, 0.25), 16_000, 48_000);
      for (const image of [16_000 - hz, 16_000 + hz])
        if (image < 24_000) worst = Math.max(worst, db(amplitude(out, image, 48_000)));
    }
    report(`resampler 16 → 48 kHz: images ${worst.toFixed(1)} dB`);
    expect(worst).toBeLessThan(-60);
  });

  it('gives a band-limited signal back after 48 → 16 → 48 kHz and waits no more than 1 ms each way', () => {
    const signal = bandLimited(48_000, 0.5, 6900);
    const back = resample(resample(Float32Array.from(signal), 48_000, 16_000), 16_000, 48_000);
    const snr = snrDb(signal, back, 500);
    report(`resampler 48 → 16 → 48 kHz: round trip ${snr.toFixed(1)} dB`);
    expect(snr).toBeGreaterThan(55);
    expect(new ResamplerTiming(48_000, 16_000).delaySeconds).toBeLessThanOrEqual(0.001);
    expect(new ResamplerTiming(16_000, 48_000).delaySeconds).toBeLessThanOrEqual(0.001);
  });

  it.each([8000, 11_025, 22_050, 44_100, 47_999, 96_000, 192_000])(
    'puts every output at its own time, %i Hz to 16 kHz',
    (rateHz) => {
      const topHz = 0.43 * Math.min(rateHz, 16_000);
      const expected = bandLimited(16_000, 0.25, topHz);
      const got = resample(Float32Array.from(bandLimited(rateHz, 0.25, topHz)), rateHz, 16_000);
      expect(snrDb(expected.slice(0, got.length), got, 400)).toBeGreaterThan(55);
    },
  );

  it('leaves equal rates untouched and undelayed', () => {
    const samples = tone(440, 16_000, 0.01);
    const output = new Float32Array(400);
    expect(new Resampler(16_000, 16_000).process(samples, 160, output)).toBe(160);
    expect(output.subarray(0, 160)).toEqual(samples);
  });

  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 11_025],
    [16_000, 192_000],
  ])('does not depend on how the input is cut, and says when what comes: %i → %i Hz', (fromHz, toHz) => {
    const samples = tone(1234, fromHz, 0.2);
    const whole = new Resampler(fromHz, toHz);
    const expected = new Float32Array(whole.maxOutputs(samples.length));
    const total = whole.process(samples, samples.length, expected);
    const pieces = new Resampler(fromHz, toHz);
    const piece = new Float32Array(pieces.maxOutputs(97));
    const got: number[] = [];
    for (let start = 0, size = 1; start < samples.length; start += size, size = (size * 7 + 3) % 97) {
      const part = samples.slice(start, start + size);
      const count = pieces.process(part, part.length, piece);
      got.push(...piece.subarray(0, count));
      expect(got.length).toBe(pieces.timing.outputsFor(start + part.length));
    }
    expect(Float32Array.from(got)).toEqual(expected.slice(0, total));
    for (const outputs of [1, 2, 777]) {
      const inputs = pieces.timing.inputsFor(outputs);
      expect(pieces.timing.outputsFor(inputs)).toBeGreaterThanOrEqual(outputs);
      expect(pieces.timing.outputsFor(inputs - 1)).toBeLessThan(outputs);
    }
  });

  it('owes no more than its reach after an hour of 44.1 kHz', () => {
    const owed = 3600 * 16_000 - new ResamplerTiming(44_100, 16_000).outputsFor(3600 * 44_100);
    expect(owed).toBeGreaterThan(0);
    expect(owed).toBeLessThanOrEqual(16);
  });

  it('stays where it was after ten minutes of samples', { timeout: 120_000 }, () => {
    const resampler = new Resampler(8000, 16_000);
    const block = new Float32Array(80_000);
    const output = new Float32Array(resampler.maxOutputs(block.length));
    let total = 0;
    for (let n = 0; n < 60; n++) total += resampler.process(block, block.length, output);
    // A tone behind all that comes out at its very own time.
    const startS = 600;
    const count = resampler.process(tone(700, 8000, 1, startS), 8000, output);
    let worst = 0;
    for (let n = 2000; n < count; n++) {
      const expected = Math.cos(2 * Math.PI * 700 * ((total + n) / 16_000));
      worst = Math.max(worst, Math.abs(output[n] - expected));
    }
    expect(worst).toBeLessThan(2e-3);
  });
});
