// What all kernels share: shader, pipeline and one bind group a dispatch. A kernel's own file says what it is made of.
import {
  createBindGroup,
  createBindGroupLayout,
  declarations,
  type Bindings,
  type MatrixFormat,
  type Resources,
} from './layouts.ts';
import { createPipeline } from './shader.ts';

export interface KernelSource<B extends Bindings> {
  readonly label: string;
  readonly bindings: B;
  /** WGSL without the declarations of the bindings. */
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly workgroups: number;
  /** Of a workgroup. */
  readonly invocations: number;
  /** Workgroup memory that the code asks for. */
  readonly workgroupBytes: number;
}

/** A dispatch that is ready to be recorded. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: number;
}

export class Kernel<B extends Bindings> {
  readonly #device: GPUDevice;
  readonly #source: KernelSource<B>;
  readonly #layout: GPUBindGroupLayout;
  readonly #pipeline: GPUComputePipeline;

  private constructor(
    device: GPUDevice,
    source: KernelSource<B>,
    layout: GPUBindGroupLayout,
    pipeline: GPUComputePipeline,
  ) {
    this.#device = device;
    this.#source = source;
    this.#layout = layout;
    this.#pipeline = pipeline;
  }

  /**
   * @param resources those of any dispatch: all have the same sizes.
   * @throws WebGpuUnavailableError where the shader does not compile.
   */
  static async create<B extends Bindings>(
    device: GPUDevice,
    source: KernelSource<B>,
    resources: Resources<B>,
    format: MatrixFormat,
  ): Promise<Kernel<B>> {
    const { label, bindings, code, constants } = source;
    const layout = createBindGroupLayout(device, label, bindings);
    const text = `${declarations(bindings, resources, format)}\n${code}`;
    const pipeline = await createPipeline(device, { label, code: text, constants }, layout);
    return new Kernel(device, source, layout, pipeline);
  }

  /** One more use of the kernel, with buffers of its own. */
  dispatch(label: string, resources: Resources<B>): Dispatch {
    const { bindings, workgroups } = this.#source;
    const bindGroup = createBindGroup(this.#device, label, this.#layout, bindings, resources);
    return { pipeline: this.#pipeline, bindGroup, workgroups };
  }
}

/** Records a dispatch. */
export function encode(pass: GPUComputePassEncoder, { pipeline, bindGroup, workgroups }: Dispatch): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(workgroups);
}

/** How the inputs of a sum are divided among invocations. */
export interface Division {
  readonly parts: number;
  /** Inputs of a part, a multiple of 4. */
  readonly chunk: number;
}

/** Fills `size` invocations, where there are fewer outputs than that, with parts of the sums. */
export function divide(inputs: number, outputs: number, size: number): Division {
  const wanted = Math.max(1, Math.floor(size / outputs));
  const chunk = 4 * Math.ceil(inputs / 4 / wanted);
  return { parts: Math.ceil(inputs / chunk), chunk };
}
