// Extended short-time objective intelligibility: J. Jensen and C. H. Taal, "An Algorithm for Predicting the Intelligibility of
// Speech Masked by Modulated Noise Maskers", IEEE/ACM Transactions on Audio, Speech, and Language Processing, 2016.
import { dbToPower } from './decibels.ts';
import { RealFft } from './fft.ts';
import { resample } from './resampling.ts';

const RATE_HZ = 10_000;
const FRAME = 256;
const HOP = FRAME / 2;
const FFT_SIZE = 512;
const BANDS = 15;
/** Centre of the lowest third of an octave. */
const LOWEST_HZ = 150;
/** Frames of one segment: 384 ms. */
const SEGMENT = 30;
/** Frames of the target this far below its loudest one are left out. */
const DYNAMIC_RANGE_DB = 40;
/** Keeps a constant row from being divided by nothing. */
const TINY = 1e-30;

/** [FRAME]: Hann without its two zeros. */
const WINDOW = Float32Array.from(
  { length: FRAME },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 1)) / (FRAME + 1)),
);

/**
 * ESTOI of `estimate` [samples] against the clean `target` [samples], at most 1; at any rate.
 * @returns null where less than 30 frames (0.4 s) of the target are left once its pauses are cut out.
 */
export function estoi(target: Float32Array, estimate: Float32Array, rateHz: number): number | null {
  const [x, y] = withoutPauses(resample(target, rateHz, RATE_HZ), resample(estimate, rateHz, RATE_HZ));
  const frames = countFrames(x.length);
  if (frames < SEGMENT) return null;
  const [wanted, got] = [thirdOctaves(x, frames), thirdOctaves(y, frames)];
  const [a, b] = [new Float64Array(BANDS * SEGMENT), new Float64Array(BANDS * SEGMENT)];
  let sum = 0;
  for (let start = 0; start + SEGMENT <= frames; start++) {
    normalise(wanted, start, a);
    normalise(got, start, b);
    for (let n = 0; n < a.length; n++) sum += a[n] * b[n];
  }
  return sum / SEGMENT / (frames - SEGMENT + 1);
}

/** As many as the authors' code takes: a last one that just fits is left out. */
function countFrames(samples: number): number {
  return Math.max(0, Math.ceil((samples - FRAME) / HOP));
}

/** Both signals [samples], those frames cut out in which the first is quiet; what is left is overlap-added again. */
function withoutPauses(x: Float32Array, y: Float32Array): [Float32Array, Float32Array] {
  const frames = countFrames(x.length);
  const energies = Float64Array.from({ length: frames }, (_, f) => {
    let sum = 0;
    for (let n = 0; n < FRAME; n++) sum += (WINDOW[n] * x[f * HOP + n]) ** 2;
    return sum;
  });
  const least = energies.reduce((max, e) => Math.max(max, e), 0) * dbToPower(-DYNAMIC_RANGE_DB);
  const kept = Array.from(energies.keys()).filter((f) => energies[f] > least);
  const joined = (signal: Float32Array) => {
    const out = new Float32Array(kept.length === 0 ? 0 : (kept.length - 1) * HOP + FRAME);
    kept.forEach((f, k) => {
      for (let n = 0; n < FRAME; n++) out[k * HOP + n] += WINDOW[n] * signal[f * HOP + n];
    });
    return out;
  };
  return [joined(x), joined(y)];
}

/** [samples] → [frames, BANDS]: magnitudes. */
function thirdOctaves(x: Float32Array, frames: number): Float64Array {
  const edges = Array.from({ length: BANDS }, (_, band) =>
    [2 * band - 1, 2 * band + 1].map((sixths) =>
      Math.round((LOWEST_HZ * 2 ** (sixths / 6) * FFT_SIZE) / RATE_HZ),
    ),
  );
  const fft = new RealFft(FFT_SIZE);
  const padded = new Float32Array(FFT_SIZE);
  const spectrum = new Float32Array(2 * fft.bins);
  const magnitudes = new Float64Array(frames * BANDS);
  for (let f = 0; f < frames; f++) {
    for (let n = 0; n < FRAME; n++) padded[n] = WINDOW[n] * x[f * HOP + n];
    fft.forward(padded, spectrum);
    edges.forEach(([low, high], band) => {
      let power = 0;
      for (let k = low; k < high; k++) power += spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2;
      magnitudes[f * BANDS + band] = Math.sqrt(power);
    });
  }
  return magnitudes;
}

/** One segment of [frames, BANDS] → `into` [SEGMENT, BANDS], of zero mean and unit length first along time, then across bands. */
function normalise(magnitudes: Float64Array, start: number, into: Float64Array): void {
  into.set(magnitudes.subarray(start * BANDS, (start + SEGMENT) * BANDS));
  for (let band = 0; band < BANDS; band++) standardise(into, band, BANDS, SEGMENT);
  for (let f = 0; f < SEGMENT; f++) standardise(into, f * BANDS, 1, BANDS);
}

/** `count` values from `first` on, `step` apart: the mean is taken off, the length becomes 1. */
function standardise(values: Float64Array, first: number, step: number, count: number): void {
  let mean = 0;
  for (let n = 0; n < count; n++) mean += values[first + n * step] / count;
  let power = 0;
  for (let n = 0; n < count; n++) power += (values[first + n * step] -= mean) ** 2;
  const scale = 1 / Math.sqrt(power + TINY);
  for (let n = 0; n < count; n++) values[first + n * step] *= scale;
}
