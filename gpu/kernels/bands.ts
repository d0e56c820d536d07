// Bands: what the full band sends is added, then each band's CrossMamba; the next block's `down` or, at the end, the mask follows.
import bands from './bands.wgsl';
import downCode from './down.wgsl';
import functions from './functions.wgsl';
import maskCode from './mask.wgsl';
import { Down } from './down.ts';
import { bandInvocations, VEC4_BYTES, measureBytes, reducers } from './invocations.ts';
import { divide, type KernelSource } from '../kernel.ts';
import { LAYOUTS } from '../layouts.ts';
import { Packer } from '../packer.ts';
import type { Sizes } from '../sizes.ts';
import {
  fours,
  foursForMask,
  foursForUp,
  foursOfBands,
  foursOfMaskBias,
  foursOfOutputs,
  mambaVectors,
  type Tensors,
} from '../tensors.ts';

/** Any block but the last. */
export class Bands {
  readonly weights = new Packer();
  readonly source: KernelSource<typeof LAYOUTS.bands>;

  /** `tensors`: the extractor. */
  constructor(tensors: Tensors, sizes: Sizes, block: number) {
    const invocations = bandInvocations(sizes);
    const down = new Down(this.weights, tensors.in(`blocks.${block + 1}.full_band`), sizes, invocations);
    const { parts, constants, ...shared } = common(this.weights, tensors, sizes, block);
    this.source = {
      ...shared,
      label: 'Bands',
      bindings: LAYOUTS.bands,
      code: [functions, downCode, bands].join('\n'),
      workgroupBytes: shared.workgroupBytes + VEC4_BYTES * (sizes.d_model + Math.max(parts, down.parts)),
      constants: { ...constants, ...down.constants, PARTS: Math.max(parts, down.parts) },
    };
  }
}

/** The last block, which ends in the mask. */
export class LastBands {
  readonly weights = new Packer();
  readonly source: KernelSource<typeof LAYOUTS.lastBands>;

  /** `tensors`: the extractor. */
  constructor(tensors: Tensors, sizes: Sizes) {
    const { weights } = this;
    const { parts, constants, ...shared } = common(weights, tensors, sizes, sizes.layers - 1);
    this.source = {
      ...shared,
      label: 'LastBands',
      bindings: LAYOUTS.lastBands,
      code: [functions, maskCode, bands].join('\n'),
      workgroupBytes: shared.workgroupBytes + VEC4_BYTES * parts,
      constants: {
        ...constants,
        PARTS: parts,
        MASK: weights.matrix(foursForMask((k) => tensors.get(`mask.${k}.weight`), sizes)),
        MASK_BIAS: weights.vector(foursOfMaskBias((k) => tensors.get(`mask.${k}.bias`), sizes)),
        NORM_OUT_WEIGHT: weights.vector(tensors.get('norm_out.weight')),
        NORM_OUT_BIAS: weights.vector(tensors.get('norm_out.bias')),
      },
    };
  }
}

function common(weights: Packer, extractor: Tensors, sizes: Sizes, l: number) {
  const { d_model: d, width, quads, d_inner, d_state, d_conv, dt_rank } = sizes;
  const tensors = extractor.in(`blocks.${l}`);
  const invocations = bandInvocations(sizes);
  const xFours = fours(dt_rank + d_state);
  const up = divide(width, d, invocations);
  const x = divide(d_inner, xFours, invocations);
  const out = divide(d_inner, d / 4, invocations);
  return {
    workgroups: quads,
    invocations,
    /** vec4f of workgroup memory for parts of sums, which `workgroupBytes` leaves out. */
    parts: Math.max(up.parts * d, x.parts * 4 * xFours, out.parts * d),
    workgroupBytes:
      VEC4_BYTES * (3 * d + 2 * d_inner + 4 * fours(d_state) + 4 * xFours) +
      measureBytes(invocations, VEC4_BYTES),
    constants: {
      ...{
        SIZE: invocations,
        REDUCERS: reducers(invocations),
        ROW: d,
        D: d,
        W: width,
        D_INNER: d_inner,
        D_STATE: d_state,
        TAPS: d_conv,
      },
      ...{ DT_RANK: dt_rank, STATE_FOURS: fours(d_state), X_FOURS: xFours },
      ...{ UP_PARTS: up.parts, UP_CHUNK: up.chunk, X_PARTS: x.parts, X_CHUNK: x.chunk },
      ...{ OUT_PARTS: out.parts, OUT_CHUNK: out.chunk },
      UP: weights.matrix(foursForUp(tensors.get('full_band.up.weight'), sizes)),
      UP_BIAS: weights.vector(foursOfBands(tensors.get('full_band.up.bias'), sizes)),
      NORM_WEIGHT: weights.vector(tensors.get('norm.weight')),
      NORM_BIAS: weights.vector(tensors.get('norm.bias')),
      NORM_QUERY_WEIGHT: weights.vector(tensors.get('norm_query.weight')),
      NORM_QUERY_BIAS: weights.vector(tensors.get('norm_query.bias')),
      IN_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.in_proj.weight'), d)),
      Q_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.q_proj.weight'), d)),
      CONV: weights.vector(tensors.get('mamba.conv')),
      CONV_BIAS: weights.vector(tensors.get('mamba.conv_bias')),
      X_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.x_proj.weight'), d_inner)),
      ...mambaVectors(weights, tensors.in('mamba'), d_inner),
      OUT_PROJ: weights.matrix(foursOfOutputs(tensors.get('mamba.out_proj.weight'), d_inner)),
    },
  };
}
