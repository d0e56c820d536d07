// The rates and sizes of the audio path, and the checks of a rate.
import { AudioContextError } from './errors.ts';

/** The model's rate. */
export const MODEL_RATE_HZ = 16_000;
/** New samples of one model step, at the model's rate. */
export const HOP_SAMPLES = 128;
/** The time that a hop brings sound for, and so the time that a step may take. */
export const HOP_MS = (1000 * HOP_SAMPLES) / MODEL_RATE_HZ;
/** Samples of one `process()` call of an AudioWorklet. */
export const QUANTUM_SAMPLES = 128;
/** Full scale of 16 bits, twice over. One sample beyond would hold the running level up, and so the voice down, for many seconds. */
const LARGEST_SAMPLE = 65536;
export const MIN_RATE_HZ = 8_000;
export const MAX_RATE_HZ = 192_000;

/** False of what is NaN, infinite or beyond any sound: it counts as 0. */
export function isSound(sample: number): boolean {
  return Math.abs(sample) <= LARGEST_SAMPLE; // NaN is not
}

/** Throws AudioContextError unless `rateHz` is a whole number of hertz that the audio path is built for. */
export function checkRate(
  rateHz: number,
  where: string,
  remedy = 'Create the AudioContext without a sampleRate, so that it takes the rate of the device',
): void {
  if (Number.isInteger(rateHz) && rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ) return;
  throw new AudioContextError('sample rate cannot be used', {
    where,
    expected: `a whole number from ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz`,
    got: `${rateHz} Hz`,
    remedy,
  });
}

/** As checkRate, of a recording, whose rate no device decides. */
export function checkRecordingRate(rateHz: number, where: string): void {
  checkRate(rateHz, where, `Convert it to a rate from ${MIN_RATE_HZ / 1000} to ${MAX_RATE_HZ / 1000} kHz`);
}
