// A model made ready for any device: weights in the kernels' order, layouts of clue and state, and what they ask of a device.
import type { Model } from '../src/shared/model.ts';
import { ClueLayout } from './clue.ts';
import { limitsOf, type Limits } from './device.ts';
import type { KernelSource } from './kernel.ts';
import { Bands, LastBands } from './kernels/bands.ts';
import { FullBandIn } from './kernels/full-band-in.ts';
import { FullBandOut } from './kernels/full-band-out.ts';
import { Split } from './kernels/split.ts';
import type { Bindings, MatrixFormat } from './layouts.ts';
import { encodeMatrices, layOut, matrixFormat, type Slice } from './packer.ts';
import { sizesOf, type Sizes } from './sizes.ts';
import { StateLayout } from './state.ts';
import { Tensors } from './tensors.ts';
import type { Tuning } from './tuning.ts';

/** A kernel's own part of the weights. */
export interface WeightSlices {
  readonly matrices: Slice;
  readonly vectors: Slice;
}

type AnyKernel = Split | FullBandIn | FullBandOut | Bands | LastBands;

export class Plan {
  readonly sizes: Sizes;
  readonly state: StateLayout;
  readonly clue: ClueLayout;
  readonly format: MatrixFormat;
  readonly limits: Limits;
  readonly split: Split;
  /** One of each a block; `bands` lacks the last block, which has `lastBands`. */
  readonly fullBandIn: readonly FullBandIn[];
  readonly fullBandOut: readonly FullBandOut[];
  readonly bands: readonly Bands[];
  readonly lastBands: LastBands;
  readonly matrices: Uint8Array;
  readonly vectors: Uint8Array;
  readonly #slices: ReadonlyMap<AnyKernel, WeightSlices>;

  /**
   * @throws ModelFileError where a tensor is missing.
   * @throws WebGpuUnavailableError where the kernels do not fit the model's sizes.
   */
  constructor(model: Model, tuning: Tuning) {
    const sizes = sizesOf(model, tuning.invocations);
    const tensors = new Tensors(model, 'extractor');
    const blocks = Array.from({ length: sizes.layers }, (_, l) => l);
    this.sizes = sizes;
    this.state = new StateLayout(sizes);
    this.clue = new ClueLayout(sizes);
    this.split = new Split(tensors, sizes);
    this.fullBandIn = blocks.map((l) => new FullBandIn(tensors.in(`blocks.${l}.full_band`), sizes));
    this.fullBandOut = blocks.map((l) => new FullBandOut(tensors.in(`blocks.${l}.full_band`), sizes));
    this.bands = blocks.slice(1).map((l) => new Bands(tensors, sizes, l - 1));
    this.lastBands = new LastBands(tensors, sizes);

    const kernels = [this.split, ...this.fullBandIn, ...this.fullBandOut, ...this.bands, this.lastBands];
    const matrices = kernels.map(({ weights }) => weights.matrices);
    this.format = tuning.half ? matrixFormat(matrices) : 'f32';
    const laidMatrices = layOut(matrices.map((values) => encodeMatrices(values, this.format)));
    const laidVectors = layOut(kernels.map(({ weights }) => new Uint8Array(weights.vectors.buffer)));
    this.matrices = laidMatrices.bytes;
    this.vectors = laidVectors.bytes;
    this.#slices = new Map(
      kernels.map((kernel, n) => [
        kernel,
        { matrices: laidMatrices.slices[n], vectors: laidVectors.slices[n] },
      ]),
    );
    this.limits = limitsOf(
      kernels.map(({ source }): KernelSource<Bindings> => source),
      Math.max(this.matrices.length, this.vectors.length, this.state.bytes),
    );
  }

  weights(kernel: AnyKernel): WeightSlices {
    return this.#slices.get(kernel)!;
  }
}
