// Matrix products in whole numbers: weights and inputs of 16 bits, sums of 32. One instruction multiplies eight pairs and sums them two by
// two, so this is faster than f32 and reads half as much. Quantised at load so that no sum can leave 32 bits (wasm/quantise.ts).

const WIDE_PANEL: usize = 32;
const PANEL: usize = 8;
/** 1.5·2^23: added to a small value, it leaves the nearest whole number in the lowest bits. */
const ROUNDER: f32 = 12582912;
const SMALLEST: f32 = 1e-30;
/** 32 sums of 32 bits. */
const SUMS = memory.data(128, 64);

/**
 * input [rows, stride] -> output [rows, count] of 16 bits, in each row the largest magnitude at `levels`; steps [rows]: what one of them
 * is worth. Count a multiple of 8. A NaN makes the row's step NaN.
 */
export function quantise(
  input: usize,
  stride: usize,
  output: usize,
  steps: usize,
  rows: usize,
  count: usize,
  levels: usize,
): void {
  const most = levels as f32;
  const bytes = count << 2;
  const rounder = f32x4.splat(ROUNDER);
  for (; rows > 0; rows--, input += stride << 2, steps += 4) {
    // As whole numbers, magnitudes keep their order, with NaN above all of them.
    let even = f32x4.splat(SMALLEST);
    let odd = even;
    for (let n: usize = 0; n < bytes; n += 32) {
      even = i32x4.max_s(even, f32x4.abs(v128.load(input + n)));
      odd = i32x4.max_s(odd, f32x4.abs(v128.load(input + n, 16)));
    }
    even = i32x4.max_s(even, odd);
    even = i32x4.max_s(even, v128.shuffle<i32>(even, even, 2, 3, 0, 1));
    const largest = reinterpret<f32>(max(i32x4.extract_lane(even, 0), i32x4.extract_lane(even, 1)));
    store<f32>(steps, largest / most);
    const gain = f32x4.splat(most / largest);
    for (let n: usize = 0; n < bytes; n += 32, output += 16) {
      const first = f32x4.add(f32x4.mul(v128.load(input + n), gain), rounder);
      const second = f32x4.add(f32x4.mul(v128.load(input + n, 16), gain), rounder);
      v128.store(output, i16x8.narrow_i32x4_s(i32x4.sub(first, rounder), i32x4.sub(second, rounder)));
    }
  }
}

/**
 * input [rows, inputs] of 16 bits, steps [rows] · weightsᵀ + bias -> output [rows, outputs], or added to it. Panels of 32 outputs (one row)
 * and of 8: biases, steps of the outputs, then the weights by pairs of inputs. Inputs a multiple of 4, outputs of 8.
 */
export function linearI16(
  panels: usize,
  input: usize,
  steps: usize,
  output: usize,
  outputStride: usize,
  rows: usize,
  inputs: usize,
  outputs: usize,
  adds: usize,
): void {
  const bytes = inputs << 1;
  outputStride <<= 2;
  if (rows === 1)
    for (; outputs >= WIDE_PANEL; outputs -= WIDE_PANEL) {
      widePanel(panels + WIDE_PANEL * 8, input, bytes);
      finish(SUMS, steps, panels, WIDE_PANEL, output, adds);
      panels += (bytes + 8) * WIDE_PANEL;
      output += WIDE_PANEL * 4;
    }
  for (; outputs > 0; outputs -= PANEL) {
    let from = input;
    let step = steps;
    let to = output;
    let left = rows;
    for (; left >= 4; left -= 4) {
      fourRows(panels + PANEL * 8, from, bytes);
      from += bytes << 2;
      for (let row: usize = 0; row < 4; row++, step += 4, to += outputStride)
        finish(SUMS + row * PANEL * 4, step, panels, PANEL, to, adds);
    }
    for (; left > 0; left--) {
      oneRow(panels + PANEL * 8, from, bytes);
      finish(SUMS, step, panels, PANEL, to, adds);
      from += bytes;
      step += 4;
      to += outputStride;
    }
    panels += (bytes + 8) * PANEL;
    output += PANEL * 4;
  }
}

/** Two products and the sum, in each of four. */
function dotAdd(pair: v128, weights: v128, sum: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(pair, weights), sum);
}

/**
 * The sums of one row, `count` of them: what they are worth, the bias, and the output where it is added to. Apart from the loops that make
 * the sums: where both stand in one function, V8 keeps fewer of them in registers, and the loops take half as long again.
 */
function finish(sums: usize, step: usize, panel: usize, count: usize, output: usize, adds: usize): void {
  const bytes = count << 2;
  const steps = panel + bytes;
  const worth = v128.load32_splat(step);
  for (let n: usize = 0; n < bytes; n += 16) {
    const scaled = f32x4.mul(
      f32x4.convert_i32x4_s(v128.load(sums + n)),
      f32x4.mul(v128.load(steps + n), worth),
    );
    const value = f32x4.add(scaled, v128.load(panel + n));
    v128.store(output + n, adds !== 0 ? f32x4.add(value, v128.load(output + n)) : value);
  }
}

/** One row, 32 sums; `w` after the panel's head. */
function widePanel(w: usize, x: usize, bytes: usize): void {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  let e = i32x4.splat(0);
  let f = i32x4.splat(0);
  let g = i32x4.splat(0);
  let h = i32x4.splat(0);
  for (const end = x + bytes; x < end; x += 8, w += 256) {
    let pair = v128.load32_splat(x);
    a = dotAdd(pair, v128.load(w), a);
    b = dotAdd(pair, v128.load(w, 16), b);
    c = dotAdd(pair, v128.load(w, 32), c);
    d = dotAdd(pair, v128.load(w, 48), d);
    e = dotAdd(pair, v128.load(w, 64), e);
    f = dotAdd(pair, v128.load(w, 80), f);
    g = dotAdd(pair, v128.load(w, 96), g);
    h = dotAdd(pair, v128.load(w, 112), h);
    pair = v128.load32_splat(x, 4);
    a = dotAdd(pair, v128.load(w, 128), a);
    b = dotAdd(pair, v128.load(w, 144), b);
    c = dotAdd(pair, v128.load(w, 160), c);
    d = dotAdd(pair, v128.load(w, 176), d);
    e = dotAdd(pair, v128.load(w, 192), e);
    f = dotAdd(pair, v128.load(w, 208), f);
    g = dotAdd(pair, v128.load(w, 224), g);
    h = dotAdd(pair, v128.load(w, 240), h);
  }
  v128.store(SUMS, a);
  v128.store(SUMS, b, 16);
  v128.store(SUMS, c, 32);
  v128.store(SUMS, d, 48);
  v128.store(SUMS, e, 64);
  v128.store(SUMS, f, 80);
  v128.store(SUMS, g, 96);
  v128.store(SUMS, h, 112);
}

/** Four rows, 8 sums each: every weight that is loaded serves four times. `w` after the panel's head. */
function fourRows(w: usize, x0: usize, bytes: usize): void {
  let a0 = i32x4.splat(0);
  let b0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let b1 = i32x4.splat(0);
  let a2 = i32x4.splat(0);
  let b2 = i32x4.splat(0);
  let a3 = i32x4.splat(0);
  let b3 = i32x4.splat(0);
  let x1 = x0 + bytes;
  let x2 = x1 + bytes;
  let x3 = x2 + bytes;
  for (const end = x1; x0 < end; x0 += 4, x1 += 4, x2 += 4, x3 += 4, w += 32) {
    const a = v128.load(w);
    const b = v128.load(w, 16);
    let pair = v128.load32_splat(x0);
    a0 = dotAdd(pair, a, a0);
    b0 = dotAdd(pair, b, b0);
    pair = v128.load32_splat(x1);
    a1 = dotAdd(pair, a, a1);
    b1 = dotAdd(pair, b, b1);
    pair = v128.load32_splat(x2);
    a2 = dotAdd(pair, a, a2);
    b2 = dotAdd(pair, b, b2);
    pair = v128.load32_splat(x3);
    a3 = dotAdd(pair, a, a3);
    b3 = dotAdd(pair, b, b3);
  }
  v128.store(SUMS, a0);
  v128.store(SUMS, b0, 16);
  v128.store(SUMS, a1, 32);
  v128.store(SUMS, b1, 48);
  v128.store(SUMS, a2, 64);
  v128.store(SUMS, b2, 80);
  v128.store(SUMS, a3, 96);
  v128.store(SUMS, b3, 112);
}

/** One row, 8 sums; `w` after the panel's head. */
function oneRow(w: usize, x: usize, bytes: usize): void {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  for (const end = x + bytes; x < end; x += 4, w += 32) {
    const pair = v128.load32_splat(x);
    a = dotAdd(pair, v128.load(w), a);
    b = dotAdd(pair, v128.load(w, 16), b);
  }
  v128.store(SUMS, a);
  v128.store(SUMS, b, 16);
}
