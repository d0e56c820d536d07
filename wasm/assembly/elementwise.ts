// What is done value by value. Counts are multiples of LANES, addresses are bytes.
import { madd, silu } from './functions.ts';

/** output = a ⊙ b, all [count] */
export function multiply(a: usize, b: usize, output: usize, count: usize): void {
  for (const end = a + (count << 2); a < end; a += 16, b += 16, output += 16)
    v128.store(output, f32x4.mul(v128.load(a), v128.load(b)));
}

/** x = x ⊙ scale + shift, all [count] */
export function multiplyAdd(x: usize, scale: usize, shift: usize, count: usize): void {
  for (const end = x + (count << 2); x < end; x += 16, scale += 16, shift += 16)
    v128.store(x, madd(v128.load(x), v128.load(scale), v128.load(shift)));
}

/** x = silu(x), x [count] */
export function siluAll(x: usize, count: usize): void {
  for (const end = x + (count << 2); x < end; x += 16) v128.store(x, silu(v128.load(x)));
}

/** estimate = mask · spectrum, complex, all [bins, 2]; bins rounded up to an even number */
export function applyMask(mask: usize, spectrum: usize, estimate: usize, bins: usize): void {
  for (const end = mask + (bins << 3); mask < end; mask += 16, spectrum += 16, estimate += 16) {
    const m = v128.load(mask); // re, im, re, im
    const s = v128.load(spectrum);
    const swapped = v128.shuffle<f32>(s, s, 1, 0, 3, 2); // im, re, im, re
    const re = v128.shuffle<f32>(m, m, 0, 0, 2, 2);
    const im = v128.shuffle<f32>(m, m, 1, 1, 3, 3);
    const cross = f32x4.mul(im, swapped); // im·im, im·re
    // The real part takes what is subtracted.
    const signed = v128.xor(cross, i32x4(i32.MIN_VALUE, 0, i32.MIN_VALUE, 0));
    v128.store(estimate, madd(re, s, signed));
  }
}
