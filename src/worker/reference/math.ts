// The scalar functions of a step. A step takes 80 000 exponentials: Math.exp alone would be half of its time.

const STEPS_PER_OCTAVE = 16;
const SCALE = STEPS_PER_OCTAVE / Math.LN2;
/** Where f32 ends: below is 0, above is infinite. */
const LIMIT = 88;
const OFFSET = Math.ceil(LIMIT * SCALE) + 1;
const POWERS = Float64Array.from(
  { length: 2 * OFFSET + 1 },
  (_, k) => 2 ** ((k - OFFSET) / STEPS_PER_OCTAVE),
);

/** e^x to 1e-8, relative: a table of powers of two and a short series. NaN stays NaN. */
export function exp(x: number): number {
  if (x < -LIMIT) return 0;
  if (x > LIMIT) return Infinity;
  const k = (x * SCALE + (OFFSET + 0.5)) | 0;
  const r = x - (k - OFFSET) / SCALE;
  return POWERS[k] * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
}

/** x · sigmoid(x) */
export function silu(x: number): number {
  return x / (1 + exp(-x));
}

/** log(1 + e^x) */
export function softplus(x: number): number {
  return x > 20 ? x : Math.log1p(exp(x));
}
