// The keys and values of the hops before: rings, in which a hop's take the place of the oldest. Empty places hold zeros, which are attended
// to as well: a hop costs the same from the first on.

export interface LayerCache {
  /** [S, d, hops] */
  readonly keys: Float32Array;
  /** [S, hops, d] */
  readonly values: Float32Array;
  /** S, d and hops. */
  readonly sizes: readonly [S: number, d: number, hops: number];
}

/** `keys` and `values` [S, d] of one hop go to place `at` of the ring. */
export function remember(cache: LayerCache, at: number, keys: Float32Array, values: Float32Array): void {
  const [S, d, hops] = cache.sizes;
  for (let row = 0; row < S * d; row++) cache.keys[row * hops + at] = keys[row];
  for (let s = 0; s < S; s++)
    for (let n = 0; n < d; n++) cache.values[(s * hops + at) * d + n] = values[s * d + n];
}
