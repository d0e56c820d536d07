// The recurrent part of a CrossMamba layer, four channels at a time. What a group of four channels needs lies together, in the order in which
// it is read: parameters and states alike are [channels / 4, …, 4].
import { exp2, madd, silu, softplus } from './functions.ts';

/**
 * u = silu(conv_state ⊛ u + b_conv) in place; conv_state shifts.
 * uz [rows, stride], u its first `channels`; parameters [channels / 4, (bias, taps, oldest first), 4]; conv_state
 * [rows, channels / 4, taps − 1, 4], oldest first.
 */
export function convolve(
  uz: usize,
  stride: usize,
  parameters: usize,
  conv_state: usize,
  rows: usize,
  channels: usize,
  taps: usize,
): void {
  const past = (taps - 1) << 4;
  for (; rows > 0; rows--, uz += stride << 2) {
    let p = parameters;
    for (let u = uz, end = uz + (channels << 2); u < end; u += 16) {
      const newest = v128.load(u);
      let sum = v128.load(p);
      p += 16;
      for (const last = conv_state + past; conv_state < last; conv_state += 16, p += 16) {
        sum = madd(v128.load(conv_state), v128.load(p), sum);
        v128.store(conv_state, conv_state + 16 < last ? v128.load(conv_state, 16) : newest);
      }
      v128.store(u, silu(madd(newest, v128.load(p), sum)));
      p += 16;
    }
  }
}

/**
 * Δ = softplus(W_dt · δ + b_dt);  z becomes silu(z). Apart from the scan: the processor computes many of these long chains at once.
 * uz [rows, stride]: u its first `channels`, z those after; deltaB [rows, deltaBStride]: δ, then B; delta [rows, channels];
 * parameters [channels / 4, (b_dt, W_dt by rank), 4].
 */
export function discretise(
  uz: usize,
  stride: usize,
  deltaB: usize,
  deltaBStride: usize,
  delta: usize,
  parameters: usize,
  rows: usize,
  channels: usize,
  dt_rank: usize,
): void {
  const bytes = channels << 2;
  for (let row: usize = 0; row < rows; row++) {
    const ranks = deltaB + row * (deltaBStride << 2);
    const end = ranks + (dt_rank << 2);
    let z = uz + row * (stride << 2) + bytes;
    let p = parameters;
    for (const last = delta + bytes; delta < last; delta += 16, z += 16) {
      let sum = v128.load(p);
      p += 16;
      for (let δ = ranks; δ < end; δ += 4, p += 16) sum = madd(v128.load32_splat(δ), v128.load(p), sum);
      v128.store(delta, softplus(sum));
      v128.store(z, silu(v128.load(z)));
    }
  }
}

/**
 * h = exp(Δ ⊗ A) ⊙ h + (Δ ⊙ u) ⊗ B;  u becomes y = (h · C + D ⊙ u) ⊙ z, z = silu(z) by now.
 * uz and delta as above; B [rows, BStride]; C [rows, CStride]; parameters [channels / 4, (D, A · log₂ e by state), 4]; ssm_state
 * [rows, channels / 4, states, 4]. An odd d_state is rounded up to `states`: B and C are 0 there.
 */
export function scan(
  uz: usize,
  stride: usize,
  delta: usize,
  B: usize,
  BStride: usize,
  C: usize,
  CStride: usize,
  parameters: usize,
  ssm_state: usize,
  rows: usize,
  channels: usize,
  states: usize,
): void {
  const bytes = channels << 2;
  const bytesOfStates = states << 2;
  for (; rows > 0; rows--, uz += stride << 2, B += BStride << 2, C += CStride << 2) {
    let p = parameters;
    for (let at = uz, end = uz + bytes; at < end; at += 16, delta += 16) {
      const Δ = v128.load(delta);
      const u = v128.load(at);
      const Δu = f32x4.mul(Δ, u);
      let y = f32x4.mul(v128.load(p), u);
      p += 16;
      for (let n: usize = 0; n < bytesOfStates; n += 8, p += 32, ssm_state += 32) {
        let decay = exp2(f32x4.mul(Δ, v128.load(p)));
        let h = madd(decay, v128.load(ssm_state), f32x4.mul(Δu, v128.load32_splat(B + n)));
        v128.store(ssm_state, h);
        y = madd(h, v128.load32_splat(C + n), y);
        decay = exp2(f32x4.mul(Δ, v128.load(p, 16)));
        h = madd(decay, v128.load(ssm_state, 16), f32x4.mul(Δu, v128.load32_splat(B + n, 4)));
        v128.store(ssm_state, h, 16);
        y = madd(h, v128.load32_splat(C + n, 4), y);
      }
      v128.store(at, f32x4.mul(y, v128.load(at + bytes)));
    }
  }
}
