// The streaming STFT: perfect reconstruction one hop late, the frame's contents, reset.
import { describe, expect, it } from 'vitest';
import { analysisWindow, OverlapAdd, StreamingStft, synthesisWindow } from '../../src/shared/stft.ts';
import { noise } from './seeded.ts';

const SIZES = { frame: 512, hop: 128, synthesis: 256 };
const TOLERANCE = 1e-6;

function roundTrip(stft: StreamingStft, overlapAdd: OverlapAdd, mixture: Float32Array): Float32Array {
  const spectrum = new Float32Array(2 * stft.bins);
  const hops = mixture.length / SIZES.hop;
  const estimate = new Float32Array(mixture.length);
  for (let t = 0; t < hops; t++) {
    stft.push(mixture.subarray(t * SIZES.hop, (t + 1) * SIZES.hop), spectrum);
    overlapAdd.push(spectrum, estimate.subarray(t * SIZES.hop, (t + 1) * SIZES.hop));
  }
  return estimate;
}

describe('streaming STFT', () => {
  it('has the windows of the model format', () => {
    const analysis = analysisWindow(SIZES);
    expect(analysis[0]).toBeCloseTo(Math.sin((Math.PI * 0.5) / 768), 7);
    expect(analysis[383]).toBeCloseTo(Math.sin((Math.PI * 383.5) / 768), 7);
    expect(analysis[384]).toBeCloseTo(Math.sin((Math.PI * 128.5) / 256), 7);
    expect(analysis[511]).toBeCloseTo(Math.sin((Math.PI * 255.5) / 256), 7);
    expect(synthesisWindow(SIZES)[10]).toBeCloseTo(Math.sin((Math.PI * 10.5) / 256) ** 2 / analysis[266], 6);
  });

  it('gives the mixture back, exactly one hop late', () => {
    const mixture = noise(128 * 40, 1);
    const estimate = roundTrip(new StreamingStft(SIZES), new OverlapAdd(SIZES), mixture);
    let worst = 0;
    for (let n = 128; n < mixture.length; n++)
      worst = Math.max(worst, Math.abs(estimate[n] - mixture[n - 128]));
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('starts anew after reset', () => {
    const stft = new StreamingStft(SIZES);
    const overlapAdd = new OverlapAdd(SIZES);
    const mixture = noise(128 * 9, 2);
    const first = roundTrip(stft, overlapAdd, mixture);
    stft.reset();
    overlapAdd.reset();
    expect(roundTrip(stft, overlapAdd, mixture)).toEqual(first);
  });
});
