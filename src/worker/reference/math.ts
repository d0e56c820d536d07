// The scalar functions of a step. A step takes 80 000 exponentials, so they come from a table of powers of two and a short series.

const STEPS_PER_OCTAVE = 16;
const SCALE = STEPS_PER_OCTAVE / Math.LN2;
/** Where f32 ends: below is 0, above is infinite. */
const LIMIT = 88;
const OFFSET = Math.ceil(LIMIT * SCALE) + 1;
const POWERS = Float64Array.from(
  { length: 2 * OFFSET + 1 },
  (_, k) => 2 ** ((k - OFFSET) / STEPS_PER_OCTAVE),
);

// Over whole arrays, in place: a function of one value that is not inlined would put every result on the heap.

/** e^x for the first `count` values, to the precision of f32. NaN stays NaN. */
export function expAll(x: Float32Array, count = x.length): void {
  for (let i = 0; i < count; i++) {
    const value = x[i];
    if (value < -LIMIT) x[i] = 0;
    else if (value > LIMIT) x[i] = Infinity;
    else {
      const k = (value * SCALE + (OFFSET + 0.5)) | 0;
      const r = value - (k - OFFSET) / SCALE;
      x[i] = POWERS[k] * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
    }
  }
}

/** x · sigmoid(x) for `count` values from `start` on; `scratch` [count] is overwritten. */
export function siluAll(x: Float32Array, start: number, count: number, scratch: Float32Array): void {
  for (let i = 0; i < count; i++) scratch[i] = -x[start + i];
  expAll(scratch, count);
  for (let i = 0; i < count; i++) x[start + i] /= 1 + scratch[i];
}

/** log(1 + e^x) for every value; `scratch`, as long as `x`, is overwritten. */
export function softplusAll(x: Float32Array, scratch: Float32Array): void {
  scratch.set(x);
  expAll(scratch, x.length);
  for (let i = 0; i < x.length; i++) if (!(x[i] > 20)) x[i] = Math.log1p(scratch[i]);
}
