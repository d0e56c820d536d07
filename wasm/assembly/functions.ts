// exp, softplus and silu of four values at once. docs/kernels.md states their errors; test/browser/wasm-kernel-cases.ts measures them.

// Read from memory where they are used: cheaper than building a vector constant in a register each time.
// 2^f − 1 = f·(c1 + f·(c2 + …)) for |f| ≤ ½, exact at 0 so that a slow decay keeps its time constant: 9e-8 (minimax).
// atanh(s)/s − 1 = s²·(a1 + s²·(a2 + …)) for s² ≤ 1/9: 5e-9 (minimax).
const TABLE = memory.data<f32>(
  [
    -125.0, 125.0, 12582912.0, 1.0, 0.6931470036506653, 0.24022242426872253, 0.05550733581185341,
    0.009671512991189957, 0.001326472731307149, -1.4426950408889634, 2.0, 0.3333320617675781,
    0.20010849833488464, 0.13999570906162262, 0.14012229442596436,
  ],
  16,
);
/** Exponents beyond are of no account, and would leave f32's range. */
const LOWEST = TABLE;
const HIGHEST = TABLE + 4;
/** 1.5·2^23: added to a small value, it leaves the nearest whole number in the lowest bits. */
const ROUNDER = TABLE + 8;
const ONE = TABLE + 12;
const C1 = TABLE + 16;
const C2 = TABLE + 20;
const C3 = TABLE + 24;
const C4 = TABLE + 28;
const C5 = TABLE + 32;
const MINUS_LOG2_E = TABLE + 36;
const TWO = TABLE + 40;
const A1 = TABLE + 44;
const A2 = TABLE + 48;
const A3 = TABLE + 52;
const A4 = TABLE + 56;
const MANTISSA_BITS = 23;

function all(constant: usize): v128 {
  return v128.load32_splat(constant);
}

/** a·b + c; one rounding less where the machine fuses it. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** 2^x for x ≤ 125; NaN stays NaN. Below 2^-125 it stays there. */
export function exp2(x: v128): v128 {
  const bounded = f32x4.pmax(x, all(LOWEST));
  const shifted = f32x4.add(bounded, all(ROUNDER));
  const f = f32x4.sub(bounded, f32x4.sub(shifted, all(ROUNDER)));
  // Two halves side by side: a chain of five would have the processor wait.
  const f2 = f32x4.mul(f, f);
  const high = madd(f2, madd(f, all(C5), all(C4)), madd(f, all(C3), all(C2)));
  const p = madd(f2, high, madd(f, all(C1), all(ONE)));
  return i32x4.add(p, i32x4.shl(shifted, MANTISSA_BITS));
}

/** x / (1 + exp(−x)) */
export function silu(x: v128): v128 {
  const power = f32x4.pmin(f32x4.mul(x, all(MINUS_LOG2_E)), all(HIGHEST));
  return f32x4.div(x, f32x4.add(all(ONE), exp2(power)));
}

/** max(x, 0) + ln(1 + e), e = exp(−|x|);  ln(1 + e) = 2 atanh(e / (2 + e)) */
export function softplus(x: v128): v128 {
  const e = exp2(f32x4.mul(f32x4.abs(x), all(MINUS_LOG2_E)));
  const s = f32x4.div(e, f32x4.add(all(TWO), e));
  const s2 = f32x4.mul(s, s);
  let p = madd(s2, all(A4), all(A3));
  p = madd(s2, p, all(A2));
  p = madd(s2, p, all(A1));
  p = madd(s2, p, all(ONE));
  // With x first, NaN stays NaN.
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(f32x4.add(s, s), p));
}
