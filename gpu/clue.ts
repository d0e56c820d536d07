// What depends on the clue alone, in one buffer: scale and shift, then the two queries of every block.
import type { ClueTerms } from '../src/shared/clue-terms.ts';
import { layOut, layOutSizes, type Slice } from './packer.ts';
import { BANDS_PER_QUAD, type Sizes } from './sizes.ts';
import { foursOfBands } from './tensors.ts';

const F32_BYTES = 4;

export class ClueLayout {
  /** scale [quad, d, band], shift [quad, d, band] */
  readonly split: Slice;
  readonly blocks: readonly { readonly fullBand: Slice; readonly bands: Slice }[];
  readonly bytes: number;
  readonly #sizes: Sizes;

  constructor(sizes: Sizes) {
    const { layers, width, quads, d_model } = sizes;
    const bands = quads * d_model * BANDS_PER_QUAD;
    const values = [2 * bands, ...Array.from({ length: layers }, () => [width, bands]).flat()];
    const slices = layOutSizes(values.map((count) => count * F32_BYTES));
    this.#sizes = sizes;
    this.split = slices[0];
    this.blocks = Array.from({ length: layers }, (_, l) => ({
      fullBand: slices[1 + 2 * l],
      bands: slices[2 + 2 * l],
    }));
    const last = slices[slices.length - 1];
    this.bytes = last.offset + last.size;
  }

  /** -> the buffer's bytes. */
  pack(terms: ClueTerms): Uint8Array {
    const sizes = this.#sizes;
    const [scale, shift] = [foursOfBands(terms.scale, sizes), foursOfBands(terms.shift, sizes)];
    const split = new Float32Array(scale.length + shift.length);
    split.set(scale);
    split.set(shift, scale.length);
    const blocks = terms.blocks.flatMap(({ fullBandQuery, bandQuery }) => [
      fullBandQuery,
      foursOfBands(bandQuery, sizes),
    ]);
    const parts = [split, ...blocks];
    return layOut(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).bytes;
  }
}
