// Pieces of sound, and how loud they are.
import { MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';

/** Seconds from `startS` on; as often around as it takes. */
export function cut(
  samples: Float32Array,
  startS: number,
  lengthS: number,
  rateHz = MODEL_RATE_HZ,
): Float32Array {
  const start = Math.round(startS * rateHz);
  return Float32Array.from(
    { length: Math.round(lengthS * rateHz) },
    (_, n) => samples[(start + n) % samples.length],
  );
}

export function power(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

export function atPower(samples: Float32Array, wanted: number): Float32Array {
  const gain = Math.sqrt(wanted / Math.max(power(samples), 1e-12));
  return samples.map((sample) => gain * sample);
}
