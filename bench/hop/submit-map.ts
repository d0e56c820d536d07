// What asking a GPU costs by itself: a submit without work, and mapping a buffer to learn that it is done.
import { findAdapter } from '../../gpu/device.ts';
import type { Entry } from './contestant.ts';
import { hopMsOf, needGpu } from './ours.ts';

export const submitMap: Entry = {
  what: 'floor-submit-map',
  async make(surroundings) {
    const { adapter, description } = await findAdapter(needGpu(surroundings));
    const device = await adapter.requestDevice({ label: 'bench submit map' });
    const staging = device.createBuffer({
      ...{ label: 'bench staging', size: 4 },
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    return {
      ...{ what: 'floor-submit-map', hopMs: hopMsOf(surroundings.model), macs: 0, bytes: null },
      detail: description,
      async run() {
        const encoder = device.createCommandEncoder();
        encoder.clearBuffer(staging);
        device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ);
        staging.unmap();
      },
      destroy: () => device.destroy(),
    };
  },
};
