// Finds an adapter and opens a device on it; says what is missing where it cannot.
import { WebGpuUnavailableError } from '../src/shared/errors.ts';
import type { KernelSource } from './kernel.ts';
import type { Bindings } from './layouts.ts';

const REMEDY = 'Use a browser with WebGPU and an up-to-date graphics driver, or choose the wasm backend.';
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|software/i;

export interface Adapter {
  readonly adapter: GPUAdapter;
  /** Its name, for people. */
  readonly description: string;
  /** The processor plays the GPU: right, but slow. */
  readonly software: boolean;
}

/**
 * @param gpu `navigator.gpu`, or what stands in for it; undefined where there is none.
 * @throws WebGpuUnavailableError where there is no WebGPU or no adapter.
 */
export async function findAdapter(gpu: GPU | undefined): Promise<Adapter> {
  if (gpu === undefined)
    throw new WebGpuUnavailableError('there is no WebGPU here', {
      expected: 'navigator.gpu',
      got: 'undefined',
      remedy: REMEDY,
    });
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    throw new WebGpuUnavailableError(`no adapter could be asked for: ${String(error)}`, { remedy: REMEDY });
  }
  if (adapter === null)
    throw new WebGpuUnavailableError('there is WebGPU but no adapter', {
      expected: 'a graphics adapter',
      got: 'null',
      remedy: REMEDY,
    });
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter';
  return {
    adapter,
    description: name,
    software: isFallbackAdapter || SOFTWARE.test(`${name} ${architecture}`),
  };
}

type Limit =
  | 'maxStorageBuffersPerShaderStage'
  | 'maxComputeInvocationsPerWorkgroup'
  | 'maxComputeWorkgroupSizeX'
  | 'maxComputeWorkgroupStorageSize'
  | 'maxStorageBufferBindingSize'
  | 'maxBufferSize';
export type Limits = Readonly<Record<Limit, number>>;

/** What kernels and buffers ask of a device. `largestBuffer`: bytes. */
export function limitsOf(sources: readonly KernelSource<Bindings>[], largestBuffer: number): Limits {
  const most = (value: (source: KernelSource<Bindings>) => number) => Math.max(...sources.map(value));
  const invocations = most((source) => source.invocations);
  return {
    maxStorageBuffersPerShaderStage: most(({ bindings }) => Object.keys(bindings).length),
    maxComputeInvocationsPerWorkgroup: invocations,
    maxComputeWorkgroupSizeX: invocations,
    maxComputeWorkgroupStorageSize: most((source) => source.workgroupBytes),
    maxStorageBufferBindingSize: largestBuffer,
    maxBufferSize: largestBuffer,
  };
}

/**
 * @throws WebGpuUnavailableError that names the limit that is too small, or tells why no device was given.
 */
export async function openDevice(
  { adapter, description }: Adapter,
  limits: Limits,
  features: readonly GPUFeatureName[] = [],
): Promise<GPUDevice> {
  for (const [name, needed] of Object.entries(limits) as [Limit, number][]) {
    const offered = adapter.limits[name];
    if (offered < needed)
      throw new WebGpuUnavailableError('the adapter is too small for this model', {
        where: `${description}, ${name}`,
        expected: `at least ${needed}`,
        got: `${offered}`,
        remedy: 'Choose the wasm backend or a smaller model.',
      });
  }
  try {
    return await adapter.requestDevice({
      label: 'crossmamba',
      requiredLimits: limits,
      requiredFeatures: [...features],
    });
  } catch (error) {
    throw new WebGpuUnavailableError(`no device was given: ${String(error)}`, {
      where: description,
      remedy: REMEDY,
    });
  }
}
