// The extractor on one device: buffers, pipelines and the dispatches of a hop, all made at load.
import { WebGpuUnavailableError } from '../src/shared/errors.ts';
import { Kernel, type Dispatch, type KernelSource } from './kernel.ts';
import { wideLayout } from './kernels/wide.ts';
import type { Bindings, Resource, Resources } from './layouts.ts';
import type { Slice } from './packer.ts';
import type { Plan, WeightSlices } from './plan.ts';
import { BANDS_PER_QUAD } from './sizes.ts';

const F32_BYTES = 4;
const VEC4_BYTES = BANDS_PER_QUAD * F32_BYTES;
const STAGING_BUFFERS = 2;

export class Network {
  readonly device: GPUDevice;
  readonly features: GPUBuffer;
  readonly clue: GPUBuffer;
  readonly state: GPUBuffer;
  readonly mask: GPUBuffer;
  /** Where a hop's mask is read; taken in turn. */
  readonly staging: readonly GPUBuffer[];
  /** Where a snapshot is read. */
  readonly stateStaging: GPUBuffer;
  readonly #buffers: GPUBuffer[] = [];
  readonly #matrices: GPUBuffer;
  readonly #vectors: GPUBuffer;
  #dispatches: readonly Dispatch[] = [];

  /**
   * @throws WebGpuUnavailableError where a shader does not compile or the device's memory runs out.
   */
  static async create(device: GPUDevice, plan: Plan): Promise<Network> {
    device.pushErrorScope('out-of-memory');
    const network = new Network(device, plan);
    const outOfMemory = await device.popErrorScope();
    if (outOfMemory !== null)
      throw new WebGpuUnavailableError("the model does not fit into the device's memory", {
        got: outOfMemory.message,
        remedy: 'Close other programs that use the GPU, or choose the wasm backend.',
      });
    await network.#compile(plan);
    return network;
  }

  private constructor(device: GPUDevice, plan: Plan) {
    const { sizes, state, clue } = plan;
    const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    this.device = device;
    this.#matrices = this.#filled('matrices', plan.matrices);
    this.#vectors = this.#filled('vectors', plan.vectors);
    this.features = this.#buffer('features', sizes.features * VEC4_BYTES, STORAGE | COPY_DST);
    this.clue = this.#buffer('clue', clue.bytes, STORAGE | COPY_DST);
    this.state = this.#buffer('state', state.bytes, STORAGE | COPY_DST | COPY_SRC);
    const maskBytes = sizes.masks * VEC4_BYTES;
    this.mask = this.#buffer('mask', maskBytes, STORAGE | COPY_SRC);
    this.staging = Array.from({ length: STAGING_BUFFERS }, (_, n) =>
      this.#buffer(`staging ${n}`, maskBytes, MAP_READ | COPY_DST),
    );
    this.stateStaging = this.#buffer('state staging', state.bytes, MAP_READ | COPY_DST);
  }

  /** What a hop records, in this order. */
  get dispatches(): readonly Dispatch[] {
    return this.#dispatches;
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.device.destroy();
  }

  async #compile(plan: Plan): Promise<void> {
    const { split, fullBandIn, fullBandOut, bands, lastBands, sizes } = plan;
    const resources = this.#resources(plan);
    const kernel = <B extends Bindings>(source: KernelSource<B>, bound: Resources<B>) =>
      Kernel.create(this.device, source, bound, plan.format);
    const [splitKernel, inKernel, outKernel, bandsKernel, lastKernel] = await Promise.all([
      kernel(split.source, resources.split),
      kernel(fullBandIn[0].source, resources.fullBandIn[0]),
      kernel(fullBandOut[0].source, resources.fullBandOut[0]),
      bands.length > 0 ? kernel(bands[0].source, resources.bands[0]) : undefined,
      kernel(lastBands.source, resources.lastBands),
    ]);
    const dispatches = [splitKernel.dispatch('Split', resources.split)];
    for (let l = 0; l < sizes.layers; l++)
      dispatches.push(
        inKernel.dispatch(`FullBandIn ${l}`, resources.fullBandIn[l]),
        outKernel.dispatch(`FullBandOut ${l}`, resources.fullBandOut[l]),
        bandsKernel !== undefined && l + 1 < sizes.layers
          ? bandsKernel.dispatch(`Bands ${l}`, resources.bands[l])
          : lastKernel.dispatch('LastBands', resources.lastBands),
      );
    this.#dispatches = dispatches;
  }

  /** What each dispatch is bound to. */
  #resources(plan: Plan) {
    const { split, fullBandIn, fullBandOut, bands, lastBands, sizes, state, clue } = plan;
    const { quads, d_model, width } = sizes;
    const shapes = sizes.quadShapes.flatMap((shape) => [
      ...[shape.featureOffset, shape.features, shape.maskOffset, shape.masks],
    ]);
    const quadShapes = whole(this.#filled('quads', new Uint8Array(Uint32Array.from(shapes).buffer)));
    const scratch = (label: string, bytes: number) =>
      whole(this.#buffer(label, bytes, GPUBufferUsage.STORAGE));
    const x = scratch('x', quads * d_model * VEC4_BYTES);
    const partial = scratch('partial', quads * width * F32_BYTES);
    const wide = scratch('wide', wideLayout(sizes).values * F32_BYTES);
    const upward = scratch('upward', width * F32_BYTES);
    const weights = ({ matrices, vectors }: WeightSlices) => ({
      matrices: { buffer: this.#matrices, ...matrices },
      vectors: { buffer: this.#vectors, ...vectors },
    });
    const clueAt = (slice: Slice) => ({ buffer: this.clue, ...slice });
    const stateAt = (slice: Slice) => ({ buffer: this.state, ...slice });
    const block = (l: number) => ({
      ...{ upward, quads: quadShapes, clue: clueAt(clue.blocks[l].bands) },
      ...{ state: stateAt(state.blocks[l].bands), x },
    });
    return {
      split: {
        ...weights(plan.weights(split)),
        ...{ features: whole(this.features), quads: quadShapes, clue: clueAt(clue.split), x, partial },
      },
      fullBandIn: fullBandIn.map((kernel, l) => ({
        ...weights(plan.weights(kernel)),
        ...{
          partial,
          clue: clueAt(clue.blocks[l].fullBand),
          state: stateAt(state.blocks[l].fullBandConv),
          wide,
        },
      })),
      fullBandOut: fullBandOut.map((kernel, l) => ({
        ...weights(plan.weights(kernel)),
        ...{ wide, state: stateAt(state.blocks[l].fullBandSsm), upward },
      })),
      bands: bands.map((kernel, l) => ({ ...weights(plan.weights(kernel)), ...block(l), partial })),
      lastBands: {
        ...weights(plan.weights(lastBands)),
        ...{ ...block(sizes.layers - 1), mask: whole(this.mask) },
      },
    };
  }

  #buffer(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.createBuffer({ label: `crossmamba ${label}`, size, usage });
    this.#buffers.push(buffer);
    return buffer;
  }

  #filled(label: string, bytes: Uint8Array): GPUBuffer {
    const buffer = this.#buffer(label, bytes.length, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    this.device.queue.writeBuffer(buffer, 0, bytes as Uint8Array<ArrayBuffer>);
    return buffer;
  }
}

function whole(buffer: GPUBuffer): Resource {
  return { buffer, size: buffer.size };
}
