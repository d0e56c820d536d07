// Matrix products. Weights come in panels of 32 and of 8 outputs: the panel's biases, then its weights input by input, so that the inner
// loop reads one stretch of memory into 8 accumulators and never sums across lanes.
import { madd } from './functions.ts';

const WIDE_PANEL: usize = 32;
const PANEL: usize = 8;

/**
 * input [rows, inputs] · weightsᵀ + bias -> output [rows, outputs], or added to it. Strides in values; inputs a multiple of 4,
 * outputs of 8.
 */
export function linear(
  panels: usize,
  input: usize,
  inputStride: usize,
  output: usize,
  outputStride: usize,
  rows: usize,
  inputs: usize,
  outputs: usize,
  adds: usize,
): void {
  inputStride <<= 2;
  outputStride <<= 2;
  if (rows === 1)
    for (; outputs >= WIDE_PANEL; outputs -= WIDE_PANEL) {
      widePanel(panels, input, output, inputs, adds);
      panels += (inputs + 1) * WIDE_PANEL * 4;
      output += WIDE_PANEL * 4;
    }
  for (; outputs > 0; outputs -= PANEL) {
    let from = input;
    let to = output;
    let left = rows;
    for (; left >= 4; left -= 4) {
      fourRows(panels, from, inputStride, to, outputStride, inputs, adds);
      from += inputStride << 2;
      to += outputStride << 2;
    }
    for (; left > 0; left--) {
      oneRow(panels, from, to, inputs, adds);
      from += inputStride;
      to += outputStride;
    }
    panels += (inputs + 1) * PANEL * 4;
    output += PANEL * 4;
  }
}

/** What the sum begins with: the bias, and the output where it is added to. */
function initial(bias: usize, output: usize, adds: usize): v128 {
  const value = v128.load(bias);
  return adds !== 0 ? f32x4.add(value, v128.load(output)) : value;
}

/** One row, 32 outputs. */
function widePanel(w: usize, x: usize, output: usize, inputs: usize, adds: usize): void {
  let a = initial(w, output, adds);
  let b = initial(w + 16, output + 16, adds);
  let c = initial(w + 32, output + 32, adds);
  let d = initial(w + 48, output + 48, adds);
  let e = initial(w + 64, output + 64, adds);
  let f = initial(w + 80, output + 80, adds);
  let g = initial(w + 96, output + 96, adds);
  let h = initial(w + 112, output + 112, adds);
  w += 128;
  for (const end = x + (inputs << 2); x < end; x += 8, w += 256) {
    let value = v128.load32_splat(x);
    a = madd(value, v128.load(w), a);
    b = madd(value, v128.load(w, 16), b);
    c = madd(value, v128.load(w, 32), c);
    d = madd(value, v128.load(w, 48), d);
    e = madd(value, v128.load(w, 64), e);
    f = madd(value, v128.load(w, 80), f);
    g = madd(value, v128.load(w, 96), g);
    h = madd(value, v128.load(w, 112), h);
    value = v128.load32_splat(x, 4);
    a = madd(value, v128.load(w, 128), a);
    b = madd(value, v128.load(w, 144), b);
    c = madd(value, v128.load(w, 160), c);
    d = madd(value, v128.load(w, 176), d);
    e = madd(value, v128.load(w, 192), e);
    f = madd(value, v128.load(w, 208), f);
    g = madd(value, v128.load(w, 224), g);
    h = madd(value, v128.load(w, 240), h);
  }
  v128.store(output, a);
  v128.store(output, b, 16);
  v128.store(output, c, 32);
  v128.store(output, d, 48);
  v128.store(output, e, 64);
  v128.store(output, f, 80);
  v128.store(output, g, 96);
  v128.store(output, h, 112);
}

/** Four rows, 8 outputs: every weight that is loaded serves four times. */
function fourRows(
  w: usize,
  x0: usize,
  stride: usize,
  output: usize,
  outputStride: usize,
  inputs: usize,
  adds: usize,
): void {
  const y1 = output + outputStride;
  const y2 = y1 + outputStride;
  const y3 = y2 + outputStride;
  let x1 = x0 + stride;
  let x2 = x1 + stride;
  let x3 = x2 + stride;
  let a0 = initial(w, output, adds);
  let b0 = initial(w + 16, output + 16, adds);
  let a1 = initial(w, y1, adds);
  let b1 = initial(w + 16, y1 + 16, adds);
  let a2 = initial(w, y2, adds);
  let b2 = initial(w + 16, y2 + 16, adds);
  let a3 = initial(w, y3, adds);
  let b3 = initial(w + 16, y3 + 16, adds);
  w += 32;
  for (const end = x0 + (inputs << 2); x0 < end; x0 += 8, x1 += 8, x2 += 8, x3 += 8, w += 64) {
    let a = v128.load(w);
    let b = v128.load(w, 16);
    let value = v128.load32_splat(x0);
    a0 = madd(value, a, a0);
    b0 = madd(value, b, b0);
    value = v128.load32_splat(x1);
    a1 = madd(value, a, a1);
    b1 = madd(value, b, b1);
    value = v128.load32_splat(x2);
    a2 = madd(value, a, a2);
    b2 = madd(value, b, b2);
    value = v128.load32_splat(x3);
    a3 = madd(value, a, a3);
    b3 = madd(value, b, b3);
    a = v128.load(w, 32);
    b = v128.load(w, 48);
    value = v128.load32_splat(x0, 4);
    a0 = madd(value, a, a0);
    b0 = madd(value, b, b0);
    value = v128.load32_splat(x1, 4);
    a1 = madd(value, a, a1);
    b1 = madd(value, b, b1);
    value = v128.load32_splat(x2, 4);
    a2 = madd(value, a, a2);
    b2 = madd(value, b, b2);
    value = v128.load32_splat(x3, 4);
    a3 = madd(value, a, a3);
    b3 = madd(value, b, b3);
  }
  v128.store(output, a0);
  v128.store(output, b0, 16);
  v128.store(y1, a1);
  v128.store(y1, b1, 16);
  v128.store(y2, a2);
  v128.store(y2, b2, 16);
  v128.store(y3, a3);
  v128.store(y3, b3, 16);
}

/** One row, 8 outputs; four inputs are summed apart, so that a sum need not wait for the one before it. */
function oneRow(w: usize, x: usize, output: usize, inputs: usize, adds: usize): void {
  let a0 = initial(w, output, adds);
  let b0 = initial(w + 16, output + 16, adds);
  let a1 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  w += 32;
  for (const end = x + (inputs << 2); x < end; x += 16, w += 128) {
    let value = v128.load32_splat(x);
    a0 = madd(value, v128.load(w), a0);
    b0 = madd(value, v128.load(w, 16), b0);
    value = v128.load32_splat(x, 4);
    a1 = madd(value, v128.load(w, 32), a1);
    b1 = madd(value, v128.load(w, 48), b1);
    value = v128.load32_splat(x, 8);
    a2 = madd(value, v128.load(w, 64), a2);
    b2 = madd(value, v128.load(w, 80), b2);
    value = v128.load32_splat(x, 12);
    a3 = madd(value, v128.load(w, 96), a3);
    b3 = madd(value, v128.load(w, 112), b3);
  }
  v128.store(output, f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)));
  v128.store(output, f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3)), 16);
}
