// Audio thread: writes down when it is asked for sound, until there is enough to tell the device's bursts by.
import { BURST_METER_NAME, type BurstMeterOptions } from '../src/shared/device-burst.ts';

class BurstMeter extends AudioWorkletProcessor {
  readonly #stampsMs: Float64Array<ArrayBuffer>;
  #count = 0;

  constructor({ processorOptions }: { processorOptions: BurstMeterOptions }) {
    super();
    this.#stampsMs = new Float64Array(processorOptions.quanta);
  }

  process(): boolean {
    this.#stampsMs[this.#count++] = Date.now();
    if (this.#count < this.#stampsMs.length) return true;
    this.port.postMessage(this.#stampsMs, [this.#stampsMs.buffer]);
    return false;
  }
}

registerProcessor(BURST_METER_NAME, BurstMeter);
