// The audio thread's shell around AudioPath: options, messages, nothing else.
import { AudioCounters, createCounterBuffer } from '../src/shared/audio-counters.ts';
import { FrameClock } from '../src/shared/frame-clock.ts';
import { PortRing } from '../src/shared/port-ring.ts';
import {
  PROCESSOR_NAME,
  type FromProcessor,
  type ProcessorOptions,
  type ToProcessor,
} from '../src/shared/protocol.ts';
import { RingReader, RingWriter } from '../src/shared/ring.ts';
import { AudioPath } from './audio-path.ts';
import './burst-meter.ts';

class CrossMambaProcessor extends AudioWorkletProcessor {
  readonly #path: AudioPath;
  readonly #counters: AudioCounters;
  #ring: PortRing | undefined;
  readonly #clock = new FrameClock();
  #begun = false;
  #stopped = false;

  constructor({ processorOptions }: { processorOptions: ProcessorOptions }) {
    super();
    const { counters, link, ...options } = processorOptions;
    this.#counters = new AudioCounters(counters ?? createCounterBuffer(false));
    this.#path = new AudioPath({ ...options, rateHz: sampleRate, counters: this.#counters });
    if (link?.kind === 'ring')
      this.#path.connect(new RingWriter(link.capture), new RingReader(link.playback));
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => this.#receive(data);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (this.#stopped) return false;
    if (!this.#begun) return true;
    this.#clock.tick(currentFrame, outputs[0][0].length);
    this.#counters.setStartFrame(this.#clock.first);
    this.#path.process(inputs[0], outputs[0]);
    const grownAt = this.#path.takeGrowth();
    if (grownAt !== undefined) this.#post({ type: 'grown', frame: this.#clock.first + grownAt });
    return true;
  }

  #tellCounters(isLast: boolean): void {
    this.#post({ type: 'counters', buffer: this.#counters.buffer.slice(0), isLast });
  }

  #post(message: FromProcessor): void {
    this.port.postMessage(message);
  }

  #receive(message: ToProcessor): void {
    switch (message.type) {
      case 'link':
        this.#ring = new PortRing(message.port, message.capacity);
        this.#path.connect(this.#ring, this.#ring);
        break;
      case 'begin':
        this.#begun = true;
        break;
      case 'bypass':
        this.#path.bypass = message.value;
        break;
      case 'strength':
        this.#path.strength = message.value;
        break;
      case 'growDelay':
        this.#path.growDelay(message.value);
        break;
      case 'missedPolicy':
        this.#path.missedPolicy = message.value;
        break;
      case 'counters':
        this.#tellCounters(false);
        break;
      case 'stop':
        this.#stopped = true;
        this.#tellCounters(true);
        this.#ring?.close();
        break;
    }
  }
}

registerProcessor(PROCESSOR_NAME, CrossMambaProcessor);
