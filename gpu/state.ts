// The recurrent state on the GPU, channels side by side, and as a snapshot that every backend reads.
import type { Snapshot } from '../src/shared/backend.ts';
import { InputError } from '../src/shared/errors.ts';
import { layOutSizes, type Slice } from './packer.ts';
import { BANDS_PER_QUAD, type Sizes } from './sizes.ts';

const F32_BYTES = 4;

export interface BlockState {
  /** conv_state [d_conv − 1, d_inner] of the full band. */
  readonly fullBandConv: Slice;
  /** ssm_state [d_state, d_inner] of the full band. */
  readonly fullBandSsm: Slice;
  /** [quad, d_conv − 1 + d_state, d_inner, band] */
  readonly bands: Slice;
}

type States = Pick<Snapshot, 'conv_state' | 'ssm_state'>;

/** Where each block's state lies in the one buffer that holds all of it. */
export class StateLayout {
  readonly blocks: readonly BlockState[];
  readonly bytes: number;
  readonly #sizes: Sizes;

  constructor(sizes: Sizes) {
    const { layers, d_conv, d_state, d_inner, d_inner_wide, quads } = sizes;
    const perBlock = [
      (d_conv - 1) * d_inner_wide,
      d_state * d_inner_wide,
      quads * BANDS_PER_QUAD * (d_conv - 1 + d_state) * d_inner,
    ].map((values) => values * F32_BYTES);
    const slices = layOutSizes(Array.from({ length: layers }, () => perBlock).flat());
    this.#sizes = sizes;
    this.blocks = Array.from({ length: layers }, (_, l) => ({
      fullBandConv: slices[3 * l],
      fullBandSsm: slices[3 * l + 1],
      bands: slices[3 * l + 2],
    }));
    const last = slices[slices.length - 1];
    this.bytes = last.offset + last.size;
  }

  /** The buffer's values -> states as in a snapshot. */
  unpack(buffer: Float32Array): States {
    const states = this.#empty();
    this.#forEach((at, state, n) => (state[n] = buffer[at]), states);
    return states;
  }

  /**
   * A snapshot's states -> the buffer's values; bands that the last quad lacks stay 0.
   * @throws InputError where the snapshot is of a model of another size.
   */
  pack(states: States): Float32Array {
    const sizes = (kind: keyof States, of: States) => of[kind].map((state) => state.length).join(', ');
    const empty = this.#empty();
    for (const kind of ['conv_state', 'ssm_state'] as const) {
      const expected = sizes(kind, empty);
      const got = sizes(kind, states);
      if (got !== expected)
        throw new InputError('is of a model of another size', { where: `snapshot, ${kind}`, expected, got });
    }
    const buffer = new Float32Array(this.bytes / F32_BYTES);
    this.#forEach((at, state, n) => (buffer[at] = state[n]), states);
    return buffer;
  }

  #empty(): { conv_state: Float32Array[]; ssm_state: Float32Array[] } {
    const { layers, bands, d_conv, d_state, d_inner, d_inner_wide } = this.#sizes;
    const each = (width: number) =>
      Array.from({ length: layers }, () => [
        new Float32Array(width * d_inner_wide),
        new Float32Array(width * d_inner * bands),
      ]).flat();
    return { conv_state: each(d_conv - 1), ssm_state: each(d_state) };
  }

  /** Every value of the state: its place in the buffer, and its array and place in a snapshot. */
  #forEach(visit: (at: number, state: Float32Array, n: number) => void, states: States): void {
    const { bands, d_conv, d_state, d_inner, d_inner_wide } = this.#sizes;
    const past = d_conv - 1;
    const rows = past + d_state;
    this.blocks.forEach((block, l) => {
      const start = (slice: Slice) => slice.offset / F32_BYTES;
      const matrix = (
        state: Float32Array,
        width: number,
        channels: number,
        at: (i: number, t: number) => number,
      ) => {
        for (let i = 0; i < channels; i++)
          for (let t = 0; t < width; t++) visit(at(i, t), state, i * width + t);
      };
      const [conv, ssm] = [start(block.fullBandConv), start(block.fullBandSsm)];
      matrix(states.conv_state[2 * l], past, d_inner_wide, (i, t) => conv + t * d_inner_wide + i);
      matrix(states.ssm_state[2 * l], d_state, d_inner_wide, (i, t) => ssm + t * d_inner_wide + i);
      for (let k = 0; k < bands; k++) {
        const quad = start(block.bands) + Math.floor(k / BANDS_PER_QUAD) * rows * d_inner * BANDS_PER_QUAD;
        const at = (row: number, i: number) =>
          quad + (row * d_inner + i) * BANDS_PER_QUAD + (k % BANDS_PER_QUAD);
        const band = (state: Float32Array, width: number) =>
          state.subarray(k * d_inner * width, (k + 1) * d_inner * width);
        matrix(band(states.conv_state[2 * l + 1], past), past, d_inner, (i, t) => at(t, i));
        matrix(band(states.ssm_state[2 * l + 1], d_state), d_state, d_inner, (i, t) => at(past + t, i));
      }
    });
  }
}
