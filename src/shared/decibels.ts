// Decibels of powers and amplitudes, and back. 0 dBFS is full scale: ±1.

/** Added to a power where silence is to give a number: −120 dBFS. */
export const POWER_FLOOR = 1e-12;

/** −Infinity for 0. */
export function powerDb(power: number): number {
  return 10 * Math.log10(power);
}

/** −Infinity for 0. */
export function amplitudeDb(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

/** Of two powers or energies; finite also where they are 0. */
export function ratioDb(power: number, reference: number): number {
  return powerDb((power + POWER_FLOOR) / (reference + POWER_FLOOR));
}

export function dbToPower(db: number): number {
  return 10 ** (db / 10);
}

export function dbToAmplitude(db: number): number {
  return 10 ** (db / 20);
}

/** How loud `samples` [samples] are, in dBFS: −Infinity for zeros. */
export function levelsDb(samples: Float32Array): { readonly rmsDb: number; readonly peakDb: number } {
  let energy = 0;
  let peak = 0;
  for (const sample of samples) {
    energy += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rmsDb: powerDb(energy / samples.length), peakDb: amplitudeDb(peak) };
}
