// Down: the share of a quad of bands in the full band, which ends the kernel before each block. Its code is in down.wgsl.
import { divide } from '../kernel.ts';
import type { Packer } from '../packer.ts';
import type { Sizes } from '../sizes.ts';
import { foursForDown, type Tensors } from '../tensors.ts';

export class Down {
  /** vec4f of workgroup memory for parts of sums. */
  readonly parts: number;
  readonly constants: Readonly<Record<string, number>>;

  /** `tensors`: the block's `full_band`. */
  constructor(weights: Packer, tensors: Tensors, sizes: Sizes, invocations: number) {
    const outputs = sizes.width / 4;
    const { parts, chunk } = divide(sizes.d_model, outputs, invocations);
    this.parts = parts * outputs;
    this.constants = {
      DOWN: weights.matrix(foursForDown(tensors.get('down.weight'), sizes)),
      DOWN_NORM_WEIGHT: weights.vector(tensors.get('norm.weight')),
      DOWN_NORM_BIAS: weights.vector(tensors.get('norm.bias')),
      DOWN_PARTS: parts,
      DOWN_CHUNK: chunk,
    };
  }
}
