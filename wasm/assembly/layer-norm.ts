// LayerNorm over rows: biased variance, ε = 1e-5, weight and bias.
import { madd } from './functions.ts';

const EPSILON: f32 = 1e-5;

function sum(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/**
 * input [rows, stride] -> output [rows, stride], which may be the same. Rows have `count` values and then zeros, which they keep:
 * there, weight and bias are 0.
 */
export function layerNorm(
  input: usize,
  output: usize,
  weight: usize,
  bias: usize,
  rows: usize,
  stride: usize,
  count: usize,
): void {
  const bytes = stride << 2;
  const share = (1 as f32) / (count as f32);
  for (; rows > 0; rows--, input += bytes, output += bytes) {
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    for (let n: usize = 0; n < bytes; n += 32) {
      even = f32x4.add(even, v128.load(input + n));
      odd = f32x4.add(odd, v128.load(input + n, 16));
    }
    const mean = sum(f32x4.add(even, odd)) * share;
    const means = f32x4.splat(mean);
    even = f32x4.splat(0);
    odd = f32x4.splat(0);
    for (let n: usize = 0; n < bytes; n += 32) {
      const first = f32x4.sub(v128.load(input + n), means);
      const second = f32x4.sub(v128.load(input + n, 16), means);
      even = madd(first, first, even);
      odd = madd(second, second, odd);
    }
    // The padding was counted too, each time with mean².
    const squares = sum(f32x4.add(even, odd)) - mean * mean * ((stride - count) as f32);
    const gain = f32x4.splat((1 as f32) / sqrt<f32>(max<f32>(squares, 0) * share + EPSILON));
    for (let n: usize = 0; n < bytes; n += 16) {
      const normed = f32x4.mul(f32x4.sub(v128.load(input + n), means), gain);
      v128.store(output + n, madd(normed, v128.load(weight + n), v128.load(bias + n)));
    }
  }
}
