// Comparing what was recorded: spans that are silence, largest differences, SI-SDR.

/** Root mean square. */
export function rms(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += samples[n] ** 2;
  return Math.sqrt(sum / samples.length);
}

export const db = (ratio: number): number => 20 * Math.log10(ratio);

export interface Difference {
  readonly compared: number;
  readonly largest: number;
  /** Root mean square of the difference against that of `b`, dB. */
  readonly relativeDb: number;
}

/** How far `a` is from `b` at the positions that `counts` names. */
export function difference(
  a: Float32Array,
  b: Float32Array,
  counts: (position: number) => boolean = () => true,
): Difference {
  let compared = 0;
  let largest = 0;
  let power = 0;
  let reference = 0;
  for (let n = 0; n < Math.min(a.length, b.length); n++) {
    if (!counts(n)) continue;
    const distance = Math.abs(a[n] - b[n]);
    compared++;
    largest = Math.max(largest, distance);
    power += distance ** 2;
    reference += b[n] ** 2;
  }
  return { compared, largest, relativeDb: 10 * Math.log10((power + 1e-20) / (reference + 1e-20)) };
}

/** Runs of at least `atLeast` samples that are exactly 0, as [start, end). */
export function silences(samples: Float32Array, atLeast: number): [number, number][] {
  const spans: [number, number][] = [];
  let start = -1;
  for (let n = 0; n <= samples.length; n++) {
    const silent = n < samples.length && samples[n] === 0;
    if (silent && start < 0) start = n;
    if (!silent && start >= 0) {
      if (n - start >= atLeast) spans.push([start, n]);
      start = -1;
    }
  }
  return spans;
}

/** Largest step from a sample to the next within [from, to). */
export function largestStep(samples: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let n = Math.max(1, from); n < to; n++)
    largest = Math.max(largest, Math.abs(samples[n] - samples[n - 1]));
  return largest;
}

/** How like `heard` from `start` on is to `loop`, played over and over, that began `lag` samples later. */
function likeness(
  loop: Float32Array,
  heard: Float32Array,
  start: number,
  length: number,
  lag: number,
): number {
  let sum = 0;
  for (let n = start; n < start + length; n += 2) sum += heard[n] * loop[(lag + n) % loop.length];
  return sum;
}

/** The lag from `from` to `to` at which the likeness is largest. */
function bestLag(from: number, to: number, likenessAt: (lag: number) => number): number {
  let best = -Infinity;
  let lag = from;
  for (let candidate = from; candidate < to; candidate++) {
    const found = likenessAt(candidate);
    if (found <= best) continue;
    best = found;
    lag = candidate;
  }
  return lag;
}

/**
 * The parts of a mixture and of its target, played over and over, that belong to what was heard. Second by second: a call's far end
 * stretches and squeezes time as its packets come.
 */
export function alignedParts(
  heard: Float32Array,
  mixture: Float32Array,
  target: Float32Array,
  rateHz = 16_000,
): Record<'heard' | 'mixture' | 'target', Float32Array> {
  const overall = bestLag(0, target.length, (lag) => likeness(target, heard, 0, rateHz, lag));
  const drift = rateHz / 4;
  const parts = { heard, mixture: new Float32Array(heard.length), target: new Float32Array(heard.length) };
  for (let start = 0; start < heard.length; start += rateHz) {
    const length = Math.min(rateHz, heard.length - start);
    const middle = target.length + overall;
    const lag = bestLag(middle - drift, middle + drift, (at) => likeness(target, heard, start, length, at));
    for (let n = start; n < start + length; n++) {
      parts.mixture[n] = mixture[(lag + n) % mixture.length];
      parts.target[n] = target[(lag + n) % target.length];
    }
  }
  return parts;
}
