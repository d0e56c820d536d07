// What the network sees of a spectrum: divided by the mixture's running level, compressed; three values a bin.

const MAGNITUDE_FLOOR = 1e-3;
const POWER_FLOOR = 1e-6;
const COMPRESSION = -0.7;
export const FEATURES_PER_BIN = 3;

/** One-pole average of the mixture's power, 1 s long, unbiased from the first hop on: no gain of a microphone matters. */
export class RunningLevel {
  /** Σ keepⁿ · power. Free to read and to write, with `weight`: this is the state. */
  total = 0;
  /** Σ keepⁿ. */
  weight = 0;
  readonly #keep: number;

  constructor(hop: number, sampleRate: number) {
    this.#keep = 1 - hop / sampleRate;
  }

  /** `spectrum` [bins, 2] → the level, of the unit of |X|. */
  update(spectrum: Float32Array): number {
    let power = 0;
    for (let n = 0; n < spectrum.length; n++) power += spectrum[n] * spectrum[n];
    this.total = this.total * this.#keep + power / (spectrum.length / 2) + POWER_FLOOR;
    this.weight = this.weight * this.#keep + 1;
    return Math.sqrt(this.total / this.weight);
  }

  reset(): void {
    this.total = 0;
    this.weight = 0;
  }
}

/** `spectrum` [bins, 2], `level` → `features` [bins, 3]: compressed real, compressed imaginary, log magnitude. */
export function computeFeatures(spectrum: Float32Array, level: number, features: Float32Array): void {
  const bins = spectrum.length / 2;
  for (let k = 0; k < bins; k++) {
    const re = spectrum[2 * k] / level;
    const im = spectrum[2 * k + 1] / level;
    const logMagnitude = logMagnitudeOf(re, im);
    const gain = Math.exp(COMPRESSION * logMagnitude);
    features[3 * k] = re * gain;
    features[3 * k + 1] = im * gain;
    features[3 * k + 2] = 0.5 * logMagnitude + 0.5;
  }
}

/** The third of them alone, [bins]: all that the clue encoder sees. */
export function computeLogMagnitudes(
  spectrum: Float32Array,
  level: number,
  logMagnitudes: Float32Array,
): void {
  for (let k = 0; k < logMagnitudes.length; k++) {
    const re = spectrum[2 * k] / level;
    const im = spectrum[2 * k + 1] / level;
    logMagnitudes[k] = 0.5 * logMagnitudeOf(re, im) + 0.5;
  }
}

function logMagnitudeOf(re: number, im: number): number {
  return Math.log(Math.sqrt(re * re + im * im) + MAGNITUDE_FLOOR);
}
