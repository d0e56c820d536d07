// Split: bins become bands, the clue scales and shifts them, and the first block's `down` follows.
import downCode from './down.wgsl';
import functions from './functions.wgsl';
import split from './split.wgsl';
import { Down } from './down.ts';
import { bandInvocations, VEC4_BYTES, measureBytes, reducers } from './invocations.ts';
import type { KernelSource } from '../kernel.ts';
import { LAYOUTS } from '../layouts.ts';
import { Packer } from '../packer.ts';
import type { Sizes } from '../sizes.ts';
import { foursForSplit, foursOfBands, type Tensors } from '../tensors.ts';

export class Split {
  readonly weights = new Packer();
  readonly source: KernelSource<typeof LAYOUTS.split>;

  constructor(tensors: Tensors, sizes: Sizes) {
    const { d_model: d, quads, width } = sizes;
    const { weights } = this;
    const size = bandInvocations(sizes);
    const bias = concatenateBands(tensors, sizes);
    // The features come first: their offsets in the matrix are those in the input.
    weights.matrix(foursForSplit((k) => tensors.get(`split.${k}.weight`), sizes));
    const down = new Down(weights, tensors.in('blocks.0.full_band'), sizes, size);
    this.source = {
      label: 'Split',
      bindings: LAYOUTS.split,
      code: [functions, downCode, split].join('\n'),
      workgroups: quads,
      invocations: size,
      workgroupBytes: VEC4_BYTES * (2 * d + down.parts) + measureBytes(size, VEC4_BYTES),
      constants: {
        ...{ SIZE: size, REDUCERS: reducers(size), ROW: d, D: d, W: width, QUADS: quads, PARTS: down.parts },
        SPLIT_BIAS: weights.vector(bias),
        BAND: weights.vector(foursOfBands(tensors.get('band'), sizes)),
        NORM_IN_WEIGHT: weights.vector(tensors.get('norm_in.weight')),
        NORM_IN_BIAS: weights.vector(tensors.get('norm_in.bias')),
        ...down.constants,
      },
    };
  }
}

/** split.{k}.bias [d] of every band -> [quad, d] by fours */
function concatenateBands(tensors: Tensors, sizes: Sizes): Float32Array {
  const values = new Float32Array(sizes.bands * sizes.d_model);
  for (let k = 0; k < sizes.bands; k++) values.set(tensors.get(`split.${k}.bias`), k * sizes.d_model);
  return foursOfBands(values, sizes);
}
