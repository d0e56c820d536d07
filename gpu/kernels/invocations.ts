// How many invocations a workgroup has, and what its memory takes.
import type { Sizes } from '../sizes.ts';

const WARP = 32;
const MOST = 256;
export const F32_BYTES = 4;
export const VEC4_BYTES = 16;

/** A quad of bands: one invocation a channel of d_inner. */
export function bandInvocations({ d_inner }: Sizes): number {
  return Math.min(MOST, WARP * Math.ceil(d_inner / WARP));
}

/** The recurrence of the full band: one invocation a channel of d_inner. */
export function fullBandInvocations({ d_inner_wide }: Sizes): number {
  return Math.min(MOST, WARP * Math.ceil(d_inner_wide / WARP));
}
