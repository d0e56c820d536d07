// Sounds for tests, the same in every run.
import { random } from '../../src/shared/random.ts';

/** Uniform noise [length] in ±peak. */
export function noise(length: number, seed: number, peak = 1): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length }, () => (2 * next() - 1) * peak);
}

export interface Syllables {
  readonly pitchHz?: number;
  /** Of the loudest sample, about. */
  readonly peak?: number;
  /** Of the noise under it all. */
  readonly noisePeak?: number;
}

/** A stand-in for a voice: a buzz with a pitch, 150 ms on, 100 ms off. [seconds · rateHz] */
export function syllables(
  seconds: number,
  rateHz: number,
  { pitchHz = 140, peak = 0.2, noisePeak = 0 }: Syllables = {},
): Float32Array<ArrayBuffer> {
  const next = random(1);
  const harmonics = Math.min(16, Math.floor(rateHz / 2 / pitchHz) - 1);
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, n) => {
    const t = n / rateHz;
    let sample = (2 * next() - 1) * noisePeak;
    if (t % 0.25 < 0.15)
      for (let k = 1; k <= harmonics; k++) sample += (peak / 3 / k) * Math.sin(2 * Math.PI * k * pitchHz * t);
    return sample;
  });
}

/** A cosine whose phase is told by the time of each sample, `lengthS` long. */
export function tone(frequencyHz: number, rateHz: number, lengthS: number, startS = 0): Float32Array {
  const samples = new Float32Array(Math.round(lengthS * rateHz));
  for (let n = 0; n < samples.length; n++)
    samples[n] = Math.cos(2 * Math.PI * frequencyHz * (startS + n / rateHz));
  return samples;
}
