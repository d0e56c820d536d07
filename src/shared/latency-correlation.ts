// Where in a recording a known sequence begins, and how sure that is.
import { RealFft } from './fft.ts';

const MOST_SAMPLES = 65_536;
/** What lies so close to an arrival belongs to it: the loudspeaker's and the microphone's own response. */
const GUARD_S = 1e-3;
/** An arrival is at least so much of the largest peak: what comes before is noise, what comes later an echo. */
const FIRST_SHARE = 0.5;
/** Noise alone reaches 4.5 over so many lags; 8 is no accident. */
const LEAST_PEAK_TO_NOISE = 8;
/** Of a sequence that came back unspoilt. */
const MOST_RATIO = 1e6;
/** Two arrivals that are nearly as loud as each other: nobody can say which one is meant. */
const LEAST_PEAK_TO_SECOND = 1.25;

/**
 * Cross-correlation of `recorded` [samples] with `sequence` [length] at the lags 0 … samples − length: 1 is the sequence itself at full
 * scale. Throws RangeError where the recording is shorter than the sequence or longer than 65536.
 */
export function crossCorrelation(recorded: Float32Array, sequence: Float32Array): Float32Array {
  const lags = recorded.length - sequence.length + 1;
  if (lags < 1 || recorded.length > MOST_SAMPLES)
    throw new RangeError(
      `crossCorrelation: expected ${sequence.length} to ${MOST_SAMPLES} samples, got ${recorded.length}`,
    );
  const fft = new RealFft(2 ** Math.ceil(Math.log2(recorded.length)));
  const spectrum = (samples: Float32Array) => {
    const padded = new Float32Array(fft.size);
    padded.set(samples);
    const bins = new Float32Array(2 * fft.bins);
    fft.forward(padded, bins);
    return bins;
  };
  const heard = spectrum(recorded);
  const known = spectrum(sequence);
  for (let k = 0; k < 2 * fft.bins; k += 2) {
    const re = heard[k] * known[k] + heard[k + 1] * known[k + 1];
    const im = heard[k + 1] * known[k] - heard[k] * known[k + 1];
    heard[k] = re;
    heard[k + 1] = im;
  }
  const correlation = new Float32Array(fft.size);
  fft.inverse(heard, correlation);
  return correlation.subarray(0, lags).map((value) => value / sequence.length);
}

export interface Arrival {
  /** Of the first arrival. */
  readonly lagSamples: number;
  /** Against the largest value elsewhere. */
  readonly peakToSecond: number;
  /** Against the correlation's noise. */
  readonly peakToNoise: number;
  /** Whether both are large enough to believe the lag. */
  readonly clear: boolean;
}

/** The first arrival in a cross-correlation, of either polarity: a loudspeaker may turn it over. */
export function findArrival(correlation: Float32Array, rateHz: number): Arrival {
  const size = correlation.map(Math.abs);
  let largest = 0;
  for (let n = 1; n < size.length; n++) if (size[n] > size[largest]) largest = n;
  const guard = Math.round(GUARD_S * rateHz);
  let first = size.findIndex((value) => value >= FIRST_SHARE * size[largest]);
  // Up the slope, to its top.
  for (let n = first; n <= first + guard && n < size.length; n++) if (size[n] > size[first]) first = n;
  let second = 0;
  for (let n = 0; n < size.length; n++) if (Math.abs(n - first) > guard && size[n] > second) second = size[n];
  const median = size.slice().sort()[size.length >> 1];
  const noise = median / 0.6745; // that of a normal distribution
  const above = (other: number) => Math.min(MOST_RATIO, size[first] / (other || 1e-30));
  const peakToSecond = above(second);
  const peakToNoise = above(noise);
  const clear = peakToNoise >= LEAST_PEAK_TO_NOISE && peakToSecond >= LEAST_PEAK_TO_SECOND;
  return { lagSamples: first, peakToSecond, peakToNoise, clear };
}
