// Seeded random values for tests.

/** Mulberry32: uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Uniform noise [length] in ±peak. */
export function noise(length: number, seed: number, peak = 1): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length }, () => (2 * next() - 1) * peak);
}
