// The real FFT against the definition of the DFT.
import { describe, expect, it } from 'vitest';
import { RealFft } from '../../src/shared/fft.ts';
import { noise } from './seeded.ts';

const TOLERANCE = 1e-5; // of a sum of `size` f32 values of about one

function dft(x: Float32Array): Float64Array {
  const bins = x.length / 2 + 1;
  const spectrum = new Float64Array(2 * bins);
  for (let k = 0; k < bins; k++)
    for (let n = 0; n < x.length; n++) {
      spectrum[2 * k] += x[n] * Math.cos((2 * Math.PI * k * n) / x.length);
      spectrum[2 * k + 1] -= x[n] * Math.sin((2 * Math.PI * k * n) / x.length);
    }
  return spectrum;
}

describe('RealFft', () => {
  it.each([4, 8, 64, 512])('of size %i equals the DFT and is undone by its inverse', (size) => {
    const fft = new RealFft(size);
    const x = noise(size, 3);
    const spectrum = new Float32Array(2 * fft.bins);
    fft.forward(x, spectrum);
    const expected = dft(x);
    for (let n = 0; n < expected.length; n++)
      expect(Math.abs(spectrum[n] - expected[n])).toBeLessThan(TOLERANCE);
    const back = new Float32Array(size);
    fft.inverse(spectrum, back);
    for (let n = 0; n < size; n++) expect(Math.abs(back[n] - x[n])).toBeLessThan(TOLERANCE);
  });

  it('ignores what a real signal cannot have: imaginary parts at 0 Hz and at half the rate', () => {
    const fft = new RealFft(512);
    const spectrum = new Float32Array(2 * fft.bins);
    fft.forward(noise(512, 5), spectrum);
    const plain = new Float32Array(512);
    const disturbed = new Float32Array(512);
    fft.inverse(spectrum, plain);
    spectrum[1] = 7;
    spectrum[513] = -9;
    fft.inverse(spectrum, disturbed);
    expect(disturbed).toEqual(plain);
  });

  it('refuses a size that is no power of two', () => {
    expect(() => new RealFft(480)).toThrow(/power of two from 4 to 65536, got 480/);
  });
});
