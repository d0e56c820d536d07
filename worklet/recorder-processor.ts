// Audio thread: keeps what comes in on several inputs, block by block, in blocks that the page gives back.
import { FrameClock } from '../src/shared/frame-clock.ts';
import { BLOCK_SAMPLES, BLOCKS, RECORDER_NAME } from '../src/shared/recorder-protocol.ts';
import type { FromRecorder, RecorderOptions, ToRecorder } from '../src/shared/recorder-protocol.ts';

class RecorderProcessor extends AudioWorkletProcessor {
  readonly #inputs: number;
  readonly #clock = new FrameClock();
  readonly #free: Float32Array<ArrayBuffer>[] = [];
  #block: Float32Array<ArrayBuffer> | undefined;
  #count = 0;
  #lostQuanta = 0;
  #finished = false;

  constructor(options: { processorOptions: RecorderOptions }) {
    super();
    this.#inputs = options.processorOptions.inputs;
    for (let n = 0; n < BLOCKS; n++) this.#free.push(new Float32Array(this.#inputs * BLOCK_SAMPLES));
    this.#block = this.#free.pop();
    this.port.onmessage = ({ data }: MessageEvent<ToRecorder>) => {
      if (data.kind === 'return') this.#free.push(data.block);
      else this.#finish();
    };
  }

  process(inputs: Float32Array[][]): boolean {
    if (this.#finished) return false;
    this.#clock.tick(currentFrame, 128);
    this.#block ??= this.#free.pop();
    if (this.#block === undefined) {
      this.#lostQuanta++;
      return true;
    }
    for (let n = 0; n < this.#inputs; n++) {
      const start = n * BLOCK_SAMPLES + this.#count;
      const channel = inputs[n][0];
      if (channel === undefined) this.#block.fill(0, start, start + 128);
      else this.#block.set(channel, start);
    }
    this.#count += 128;
    if (this.#count === BLOCK_SAMPLES) this.#post(false);
    return true;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#block ??= new Float32Array(0);
    this.#post(true);
  }

  #post(last: boolean): void {
    const block = this.#block!;
    const message: FromRecorder = {
      block,
      count: this.#count,
      startFrame: this.#clock.first,
      lostQuanta: this.#lostQuanta,
      last,
    };
    this.port.postMessage(message, [block.buffer]);
    this.#block = undefined;
    this.#count = 0;
  }
}

registerProcessor(RECORDER_NAME, RecorderProcessor);
