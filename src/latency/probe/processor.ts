// Audio thread: records several places of a graph at once, sample for sample of the same time, for a span that is known beforehand.
import { FrameClock } from '../../shared/frame-clock.ts';
import { PROBE_NAME, type FromProbe, type ProbeOptions } from './protocol.ts';

class ProbeProcessor extends AudioWorkletProcessor {
  readonly #options: ProbeOptions;
  readonly #recorded: Float32Array<ArrayBuffer>;
  readonly #clock = new FrameClock();
  #count = 0;
  #lateFrames = 0;

  constructor({ processorOptions }: { processorOptions: ProbeOptions }) {
    super();
    this.#options = processorOptions;
    this.#recorded = new Float32Array(processorOptions.inputs * processorOptions.samples);
  }

  process(inputs: Float32Array[][]): boolean {
    const { inputs: places, samples, startFrame } = this.#options;
    const frame = this.#clock.tick(currentFrame, 128);
    if (frame < startFrame) return true;
    if (this.#count === 0) this.#lateFrames = frame - startFrame;
    const room = samples - this.#count;
    for (let place = 0; place < places; place++) {
      // None where nothing is connected that plays: silence.
      const channel = inputs[place][0] as Float32Array | undefined;
      for (let n = 0; channel !== undefined && n < channel.length && n < room; n++)
        this.#recorded[place * samples + this.#count + n] = channel[n];
    }
    this.#count += Math.min(room, 128);
    if (this.#count < samples) return true;
    const message: FromProbe = { recorded: this.#recorded, lateFrames: this.#lateFrames };
    this.port.postMessage(message, [this.#recorded.buffer]);
    return false;
  }
}

registerProcessor(PROBE_NAME, ProbeProcessor);
