// A model made ready for any device: weights in the kernels' order, layouts of clue and state, and what they ask of a device.
import type { Breathe } from '../src/shared/backend.ts';
import type { Model } from '../src/shared/model.ts';
import { ClueLayout } from './clue.ts';
import { limitsOf, type Limits } from './device.ts';
import type { KernelSource } from './kernel.ts';
import { Bands, LastBands } from './kernels/bands.ts';
import { FullBandIn } from './kernels/full-band-in.ts';
import { FullBandOut } from './kernels/full-band-out.ts';
import { Split } from './kernels/split.ts';
import type { Bindings, MatrixFormat } from './layouts.ts';
import { encodeMatrices, fitsHalf, layOut, type Slice } from './packer.ts';
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

export interface Plan {
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
  weights(kernel: AnyKernel): WeightSlices;
}

/**
 * @param nativeHalf the adapter has shader-f16.
 * @throws ModelFileError where a tensor is missing.
 * @throws WebGpuUnavailableError where the kernels do not fit the model's sizes.
 */
export async function createPlan(
  model: Model,
  tuning: Tuning,
  nativeHalf: boolean,
  breathe?: Breathe,
): Promise<Plan> {
  const sizes = sizesOf(model, tuning.invocations);
  const tensors = new Tensors(model, 'extractor');
  const [state, clue] = [new StateLayout(sizes), new ClueLayout(sizes)];
  const split = new Split(tensors, sizes);
  const fullBandIn: FullBandIn[] = [];
  const fullBandOut: FullBandOut[] = [];
  const bands: Bands[] = [];
  for (let l = 0; l < sizes.layers; l++) {
    const fullBand = tensors.in(`blocks.${l}.full_band`);
    await breathe?.();
    fullBandIn.push(new FullBandIn(fullBand, sizes));
    await breathe?.();
    fullBandOut.push(new FullBandOut(fullBand, sizes));
    await breathe?.();
    if (l + 1 < sizes.layers) bands.push(new Bands(tensors, sizes, l));
  }
  const lastBands = new LastBands(tensors, sizes);

  const kernels = [split, ...fullBandIn, ...fullBandOut, ...bands, lastBands];
  const plain = kernels.map(({ weights }) => weights.matrices);
  const half = tuning.half && (await allFitHalf(plain, breathe));
  const format = !half ? 'f32' : nativeHalf ? 'f16' : 'f16-pairs';
  const encoded: Uint8Array[] = [];
  for (const values of plain) {
    await breathe?.();
    encoded.push(encodeMatrices(values, format));
  }
  const matrices = layOut(encoded);
  const vectors = layOut(kernels.map(({ weights }) => new Uint8Array(weights.vectors.buffer)));
  const slices = new Map<AnyKernel, WeightSlices>(
    kernels.map((kernel, n) => [kernel, { matrices: matrices.slices[n], vectors: vectors.slices[n] }]),
  );
  return {
    ...{ sizes, state, clue, format, split, fullBandIn, fullBandOut, bands, lastBands },
    ...{ matrices: matrices.bytes, vectors: vectors.bytes },
    limits: limitsOf(
      kernels.map(({ source }): KernelSource<Bindings> => source),
      Math.max(matrices.bytes.length, vectors.bytes.length, state.bytes),
    ),
    weights: (kernel) => slices.get(kernel)!,
  };
}

/** Whether every value survives f16, as those of a model that was exported in f16 do. */
async function allFitHalf(matrices: readonly Float32Array[], breathe?: Breathe): Promise<boolean> {
  for (const values of matrices) {
    await breathe?.();
    if (!fitsHalf(values)) return false;
  }
  return true;
}
