// FullBandOut: the recurrence of the full band's CrossMamba, and what the full band sends to the bands.
import functions from './functions.wgsl';
import fullBandOut from './full-band-out.wgsl';
import { F32_BYTES, fullBandInvocations, VEC4_BYTES, measureBytes, reducers } from './invocations.ts';
import { wideLayout } from './wide.ts';
import { divide, type KernelSource } from '../kernel.ts';
import { LAYOUTS } from '../layouts.ts';
import { Packer } from '../packer.ts';
import type { Sizes } from '../sizes.ts';
import { fours, foursOfOutputs, mambaVectors, type Tensors } from '../tensors.ts';

export class FullBandOut {
  readonly weights = new Packer();
  readonly source: KernelSource<typeof LAYOUTS.fullBandOut>;

  /** `tensors`: the block's `full_band`. */
  constructor(tensors: Tensors, sizes: Sizes) {
    const { width, d_inner_wide: d_inner, d_state, dt_rank_wide: dt_rank } = sizes;
    const { weights } = this;
    const invocations = fullBandInvocations(sizes);
    const xFours = fours(dt_rank + d_state);
    const x = divide(d_inner, xFours, invocations);
    const out = divide(d_inner, width / 4, invocations);
    const parts = Math.max(x.parts * xFours, (out.parts * width) / 4);
    this.source = {
      label: 'FullBandOut',
      bindings: LAYOUTS.fullBandOut,
      code: [functions, fullBandOut].join('\n'),
      workgroups: 1,
      invocations,
      workgroupBytes:
        F32_BYTES * (width + d_inner + 4 * xFours) +
        VEC4_BYTES * parts +
        measureBytes(invocations, F32_BYTES),
      constants: {
        ...{
          SIZE: invocations,
          REDUCERS: reducers(invocations),
          ROW: width,
          W: width,
          D_INNER: d_inner,
          D_STATE: d_state,
          DT_RANK: dt_rank,
        },
        ...{ X_FOURS: xFours, X_PARTS: x.parts, X_CHUNK: x.chunk },
        ...{ OUT_PARTS: out.parts, OUT_CHUNK: out.chunk, PARTS: parts },
        X_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.x_proj.weight'), d_inner)),
        OUT_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.out_proj.weight'), d_inner)),
        ...mambaVectors(weights, tensors.in('mamba'), d_inner),
        NORM_UP_WEIGHT: weights.vector(tensors.get('norm_up.weight')),
        NORM_UP_BIAS: weights.vector(tensors.get('norm_up.bias')),
        ...wideLayout(sizes).constants,
      },
    };
  }
}
