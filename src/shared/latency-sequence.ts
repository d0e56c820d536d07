// Maximum-length sequences: noise that is known beforehand and like itself at one lag only.

/** Taps of a primitive polynomial for each order: bits of a shift register, the lowest is 1. */
const TAPS: Readonly<Record<number, readonly number[]>> = {
  9: [9, 5],
  10: [10, 7],
  11: [11, 9],
  12: [12, 11, 10, 4],
  13: [13, 12, 11, 8],
  14: [14, 13, 12, 2],
  15: [15, 14],
  16: [16, 15, 13, 4],
};

/** ±1 [2^order − 1]. Throws RangeError unless `order` is from 9 to 16. */
export function maximumLengthSequence(order: number): Float32Array<ArrayBuffer> {
  const taps = TAPS[order];
  if (taps === undefined)
    throw new RangeError(`maximumLengthSequence: expected an order from 9 to 16, got ${order}`);
  const sequence = new Float32Array(2 ** order - 1);
  let register = 1;
  for (let n = 0; n < sequence.length; n++) {
    sequence[n] = register & 1 ? 1 : -1;
    let bit = 0;
    for (const tap of taps) bit ^= register >> (order - tap);
    register = (register >> 1) | ((bit & 1) << (order - 1));
  }
  return sequence;
}
