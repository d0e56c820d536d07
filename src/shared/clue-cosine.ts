// How alike clues are.

/** Of two clues of unit length: 1 is the same voice, 0 has nothing in common. */
export function clueCosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** The lowest cosine between any two clues; null where there are fewer than two. */
export function lowestAgreement(clues: readonly Float32Array[]): number | null {
  let lowest = Infinity;
  clues.forEach((a, i) => {
    for (const b of clues.slice(i + 1)) lowest = Math.min(lowest, clueCosine(a, b));
  });
  return lowest === Infinity ? null : lowest;
}
