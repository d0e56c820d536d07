// The values that FullBandIn leaves for FullBandOut, one after the other in one buffer of f32.
import type { Sizes } from '../sizes.ts';
import { fours } from '../tensors.ts';

export interface WideLayout {
  /** Length in values; g [W] comes first. */
  readonly values: number;
  readonly constants: { readonly WIDE_U: number; readonly WIDE_Z: number; readonly WIDE_C: number };
}

export function wideLayout({ width, d_inner_wide, d_state }: Sizes): WideLayout {
  const u = width;
  const z = u + d_inner_wide;
  const c = z + d_inner_wide;
  return { values: c + 4 * fours(d_state), constants: { WIDE_U: u, WIDE_Z: z, WIDE_C: c } };
}
