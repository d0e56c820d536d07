// FullBandIn: the full band's g and h, and of its CrossMamba what comes before the recurrence.
import functions from './functions.wgsl';
import fullBandIn from './full-band-in.wgsl';
import { F32_BYTES, VEC4_BYTES, measureBytes, reducers } from './invocations.ts';
import { wideLayout } from './wide.ts';
import { divide, type KernelSource } from '../kernel.ts';
import { LAYOUTS } from '../layouts.ts';
import { Packer } from '../packer.ts';
import type { Sizes } from '../sizes.ts';
import { fours, foursOfOutputs, type Tensors } from '../tensors.ts';

const INVOCATIONS = 64;
/** Fours of channels that a workgroup makes: few, so that the weights are read by many workgroups at a time. */
const FOURS_PER_GROUP = 16;

export class FullBandIn {
  readonly weights = new Packer();
  readonly source: KernelSource<typeof LAYOUTS.fullBandIn>;

  /** `tensors`: the block's `full_band`. */
  constructor(tensors: Tensors, sizes: Sizes) {
    const invocations = Math.min(INVOCATIONS, sizes.invocations);
    const { width, quads, d_inner_wide: d_inner, d_conv, d_state } = sizes;
    const { weights } = this;
    const perGroup = Math.max(FOURS_PER_GROUP, fours(d_state));
    const { parts, chunk } = divide(width, perGroup, invocations);
    this.source = {
      label: 'FullBandIn',
      bindings: LAYOUTS.fullBandIn,
      code: [functions, fullBandIn].join('\n'),
      workgroups: Math.ceil((2 * d_inner) / 4 / perGroup) + 1,
      invocations,
      workgroupBytes:
        F32_BYTES * 2 * width + VEC4_BYTES * parts * perGroup + measureBytes(invocations, F32_BYTES),
      constants: {
        ...{
          SIZE: invocations,
          REDUCERS: reducers(invocations),
          ROW: width,
          W: width,
          QUADS: quads,
          D_INNER: d_inner,
          TAPS: d_conv,
        },
        ...{ STATE_FOURS: fours(d_state), PER_GROUP: perGroup },
        ...{ PARTS_IN: parts, CHUNK_IN: chunk, PARTS: parts * perGroup },
        IN_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.in_proj.weight'), width)),
        Q_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.q_proj.weight'), width)),
        DOWN_BIAS: weights.vector(tensors.get('down.bias')),
        NORM_WIDE_WEIGHT: weights.vector(tensors.get('norm_wide.weight')),
        NORM_WIDE_BIAS: weights.vector(tensors.get('norm_wide.bias')),
        NORM_QUERY_WEIGHT: weights.vector(tensors.get('norm_query.weight')),
        NORM_QUERY_BIAS: weights.vector(tensors.get('norm_query.bias')),
        CONV: weights.vector(tensors.get('mamba.conv')),
        CONV_BIAS: weights.vector(tensors.get('mamba.conv_bias')),
        ...wideLayout(sizes).constants,
      },
    };
  }
}
