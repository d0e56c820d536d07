// GPUs as tests want them: one that counts what is made and freed, one whose adapters are small.

export interface CountedDevice {
  readonly device: GPUDevice;
  /** Buffers made so far. */
  created(): number;
  /** Buffers that have not been destroyed. */
  live(): number;
  /** How often each method of device, queue, encoder, pass and buffers was called so far. */
  calls(): Readonly<Record<string, number>>;
}

/** Hands out real devices; `devices` holds them in the order of their opening. */
export function countingGpu(gpu: GPU): { gpu: GPU; devices: CountedDevice[] } {
  const devices: CountedDevice[] = [];
  return { gpu: withDevice(gpu, (device) => devices.push(count(device))), devices };
}

/** Its devices are shown to `see` when they are opened. */
export function withDevice(gpu: GPU, see: (device: GPUDevice) => void): GPU {
  return withAdapter(gpu, (adapter) => {
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      see(device);
      return device;
    };
    return adapter;
  });
}

/** Its adapters have some limits that are not the real ones. */
export function withLimits(gpu: GPU, limits: Partial<Record<keyof GPUSupportedLimits, number>>): GPU {
  return withAdapter(gpu, (adapter) => {
    const changed = new Proxy(adapter.limits, {
      get: (target, name: keyof GPUSupportedLimits) => limits[name] ?? target[name],
    });
    return {
      info: adapter.info,
      limits: changed,
      features: adapter.features,
      requestDevice: adapter.requestDevice.bind(adapter),
    } as unknown as GPUAdapter;
  });
}

function withAdapter(gpu: GPU, change: (adapter: GPUAdapter) => GPUAdapter): GPU {
  return {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = await gpu.requestAdapter(options);
      return adapter && change(adapter);
    },
  } as unknown as GPU;
}

function count(device: GPUDevice): CountedDevice {
  let [created, destroyed] = [0, 0];
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    created++;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      destroyed++;
      return destroy();
    };
    return buffer;
  };
  const calls = countCalls(device);
  return { device, created: () => created, live: () => created - destroyed, calls: () => ({ ...calls }) };
}

/** What a hop may do, or must not. */
const COUNTED = [
  ...[
    'createBuffer',
    'createBindGroup',
    'createBindGroupLayout',
    'createPipelineLayout',
    'createShaderModule',
  ],
  ...['createComputePipeline', 'createComputePipelineAsync', 'createCommandEncoder', 'pushErrorScope'],
  ...[
    'writeBuffer',
    'submit',
    'beginComputePass',
    'dispatchWorkgroups',
    'copyBufferToBuffer',
    'clearBuffer',
    'mapAsync',
  ],
];
const HANDS_OUT = ['createBuffer', 'createCommandEncoder', 'beginComputePass'];

/** Counts the calls of a device and of all that it hands out, by name. */
function countCalls(device: GPUDevice): Record<string, number> {
  const calls: Record<string, number> = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const watch = (target: object): void => {
    const methods = target as Record<string, ((...values: unknown[]) => unknown) | undefined>;
    for (const name of COUNTED) {
      const method = methods[name]?.bind(target);
      if (method === undefined) continue;
      methods[name] = (...values) => {
        calls[name]++;
        const result = method(...values);
        if (HANDS_OUT.includes(name)) watch(result as object);
        return result;
      };
    }
  };
  watch(device);
  watch(device.queue);
  return calls;
}
