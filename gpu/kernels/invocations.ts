// How many invocations a workgroup has, and what its memory takes.
import type { Sizes } from '../sizes.ts';

const WARP = 32;
const REDUCERS = 16;
export const F32_BYTES = 4;
export const VEC4_BYTES = 16;

/** A quad of bands: one invocation a channel of d_inner. */
export function bandInvocations({ d_inner, invocations }: Sizes): number {
  return Math.min(invocations, WARP * Math.ceil(d_inner / WARP));
}

/** The recurrence of the full band: one invocation a channel of d_inner. */
export function fullBandInvocations({ d_inner_wide, invocations }: Sizes): number {
  return Math.min(invocations, WARP * Math.ceil(d_inner_wide / WARP));
}

/** `measure` in functions.wgsl: how many invocations sum a row. */
export function reducers(invocations: number): number {
  return Math.min(REDUCERS, invocations);
}

/** Workgroup memory of `measure`, the row apart. `value`: bytes of a Value. */
export function measureBytes(invocations: number, value: number): number {
  return (2 * reducers(invocations) + 2) * value;
}
