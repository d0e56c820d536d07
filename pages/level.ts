// Levels in decibels of full scale.

/** Linear to dBFS; silence is −∞. */
export const toDb = (linear: number): number => 20 * Math.log10(linear);

/** Root mean square. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
