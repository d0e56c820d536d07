// The extractor on one device: buffers, pipelines and the dispatches of a hop, all made at load.
import { WebGpuUnavailableError } from '../src/shared/errors.ts';
import { Kernel, type Dispatch, type KernelSource } from './kernel.ts';
import { wideLayout } from './kernels/wide.ts';
import type { Bindings } from './layouts.ts';
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
        remedy: 'Close other programs that use the GPU, or choose the reference backend.',
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
    const { split, fullBandIn, fullBandOut, bands, lastBands, sizes, state, clue } = plan;
    const kernel = <B extends Bindings>(source: KernelSource<B>) =>
      Kernel.create(this.device, source, plan.format);
    const [splitKernel, inKernel, outKernel, bandsKernel, lastKernel] = await Promise.all([
      kernel(split.source),
      kernel(fullBandIn[0].source),
      kernel(fullBandOut[0].source),
      bands.length > 0 ? kernel(bands[0].source) : undefined,
      kernel(lastBands.source),
    ]);

    const { STORAGE } = GPUBufferUsage;
    const { quads, d_model, width } = sizes;
    const x = { buffer: this.#buffer('x', quads * d_model * VEC4_BYTES, STORAGE) };
    const partial = { buffer: this.#buffer('partial', quads * width * F32_BYTES, STORAGE) };
    const wide = { buffer: this.#buffer('wide', wideLayout(sizes).values * F32_BYTES, STORAGE) };
    const upward = { buffer: this.#buffer('upward', width * F32_BYTES, STORAGE) };
    const shapes = sizes.quadShapes.flatMap((shape) => [
      ...[shape.featureOffset, shape.features, shape.maskOffset, shape.masks],
    ]);
    const quadShapes = { buffer: this.#filled('quads', new Uint8Array(Uint32Array.from(shapes).buffer)) };
    const weights = ({ matrices, vectors }: WeightSlices) => ({
      matrices: { buffer: this.#matrices, ...matrices },
      vectors: { buffer: this.#vectors, ...vectors },
    });
    const clueAt = (slice: Slice) => ({ buffer: this.clue, ...slice });
    const stateAt = (slice: Slice) => ({ buffer: this.state, ...slice });

    const dispatches = [
      splitKernel.dispatch('Split', {
        ...weights(plan.weights(split)),
        ...{ features: { buffer: this.features }, quads: quadShapes, clue: clueAt(clue.split), x, partial },
      }),
    ];
    for (let l = 0; l < sizes.layers; l++) {
      const { fullBandConv, fullBandSsm, bands: bandsState } = state.blocks[l];
      dispatches.push(
        inKernel.dispatch(`FullBandIn ${l}`, {
          ...weights(plan.weights(fullBandIn[l])),
          ...{ partial, clue: clueAt(clue.blocks[l].fullBand), state: stateAt(fullBandConv), wide },
        }),
        outKernel.dispatch(`FullBandOut ${l}`, {
          ...weights(plan.weights(fullBandOut[l])),
          ...{ wide, state: stateAt(fullBandSsm), upward },
        }),
      );
      const shared = {
        ...{ upward, quads: quadShapes, clue: clueAt(clue.blocks[l].bands), state: stateAt(bandsState), x },
      };
      dispatches.push(
        l + 1 < sizes.layers
          ? bandsKernel!.dispatch(`Bands ${l}`, { ...shared, ...weights(plan.weights(bands[l])), partial })
          : lastKernel.dispatch('LastBands', {
              ...{ ...shared, ...weights(plan.weights(lastBands)), mask: { buffer: this.mask } },
            }),
      );
    }
    this.#dispatches = dispatches;
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
