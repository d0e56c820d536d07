// GPUs as tests want them: one that counts what is made and freed, one whose adapters are small.

export interface CountedDevice {
  readonly device: GPUDevice;
  /** Buffers made so far. */
  created(): number;
  /** Buffers that have not been destroyed. */
  live(): number;
}

/** Hands out real devices; `devices` holds them in the order of their opening. */
export function countingGpu(gpu: GPU): { gpu: GPU; devices: CountedDevice[] } {
  const devices: CountedDevice[] = [];
  const counting = withAdapter(gpu, (adapter) => {
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      devices.push(count(device));
      return device;
    };
    return adapter;
  });
  return { gpu: counting, devices };
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
  return { device, created: () => created, live: () => created - destroyed };
}
