// Stands before the real worker in its thread and counts what it takes of the GPU, in memory that it shares with the page.

/** Where each count lies in the shared memory. */
export const COUNTED = ['devices', 'devicesLeft', 'buffers', 'buffersLeft'] as const;
export type GpuCounts = Record<(typeof COUNTED)[number], number>;

/** For a page: a worker whose script is at `address`, and that counts into `counts` (as long as COUNTED, 32 bits each). */
export function countingWorker(address: string, counts: SharedArrayBuffer): Worker {
  const before = `data:text/javascript,${encodeURIComponent(`(${watchGpu.toString()})()`)}`;
  const script = `import ${JSON.stringify(before)}; import ${JSON.stringify(address)};`;
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  worker.postMessage({ counts });
  return worker;
}

/** Goes to the worker as text: it may use nothing of this module. A device that is destroyed takes its buffers with it. */
function watchGpu(): void {
  const [DEVICES, DEVICES_LEFT, BUFFERS, BUFFERS_LEFT] = [0, 1, 2, 3];
  let counts: Int32Array = new Int32Array(4);
  addEventListener('message', (event) => {
    const { data } = event as MessageEvent<{ counts?: SharedArrayBuffer }>;
    if (data.counts === undefined) return;
    // Of no interest to those who listen after this.
    event.stopImmediatePropagation();
    const before = counts;
    counts = new Int32Array(data.counts);
    before.forEach((value, index) => Atomics.add(counts, index, value));
  });
  const add = (index: number, amount: number) => Atomics.add(counts, index, amount);
  const left = new Map<GPUDevice, Set<GPUBuffer>>();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    left.set(device, new Set());
    add(DEVICES, 1);
    add(DEVICES_LEFT, 1);
    return device;
  };
  const { createBuffer, destroy } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    left.get(this)?.add(buffer);
    add(BUFFERS, 1);
    add(BUFFERS_LEFT, 1);
    return buffer;
  };
  GPUDevice.prototype.destroy = function () {
    const buffers = left.get(this);
    if (left.delete(this)) add(DEVICES_LEFT, -1);
    add(BUFFERS_LEFT, -(buffers?.size ?? 0));
    return destroy.call(this);
  };
  const destroyBuffer = GPUBuffer.prototype.destroy;
  GPUBuffer.prototype.destroy = function () {
    for (const buffers of left.values()) if (buffers.delete(this)) add(BUFFERS_LEFT, -1);
    return destroyBuffer.call(this);
  };
}
