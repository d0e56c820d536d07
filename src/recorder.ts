// Records what flows through the audio graph, several places at once, sample for sample of the same time.
import processorSource from '../worklet/recorder-processor.ts?bundled';
import { callListener } from './call-listener.ts';
import { BLOCK_SAMPLES, RECORDER_NAME } from './shared/recorder-protocol.ts';
import type { FromRecorder, RecorderOptions, ToRecorder } from './shared/recorder-protocol.ts';
import { WorkletModule } from './worklet-module.ts';

// Said to have no effect, so that bundles that do not use it are spared the source.
const processor = /* @__PURE__ */ new WorkletModule(processorSource);

export interface Recording {
  /** One a recorded node, all of the same length, at the context's rate. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /** The context's frame of the first sample. */
  readonly startFrame: number;
  /** Samples that were lost because the page was too busy to take them. */
  readonly lostSamples: number;
}

export class Recorder {
  readonly #context: BaseAudioContext;
  readonly #node: AudioWorkletNode;
  readonly #sources: readonly AudioNode[];
  readonly #blocks: Float32Array<ArrayBuffer>[][];
  readonly #done = Promise.withResolvers<Recording>();
  readonly #isOver = new AbortController();
  #samples = 0;
  #startFrame = 0;
  #lostQuanta = 0;

  /** Starts to record each of `sources`, mixed down to one channel. They must belong to `context`, which runs. */
  static async start(
    context: BaseAudioContext,
    sources: readonly AudioNode[],
    onBlock: (newest: Float32Array, totalSamples: number) => void = () => {},
  ): Promise<Recorder> {
    await processor.load(context);
    return new Recorder(context, sources, onBlock);
  }

  private constructor(
    context: BaseAudioContext,
    sources: readonly AudioNode[],
    onBlock: (newest: Float32Array, totalSamples: number) => void,
  ) {
    this.#context = context;
    const processorOptions: RecorderOptions = { inputs: sources.length };
    this.#node = new AudioWorkletNode(context, RECORDER_NAME, {
      numberOfInputs: sources.length,
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: 'explicit',
      channelInterpretation: 'speakers',
      processorOptions,
    });
    this.#sources = sources;
    this.#blocks = sources.map(() => []);
    this.#node.port.onmessage = ({ data }: MessageEvent<FromRecorder>) => this.#take(data, onBlock);
    sources.forEach((source, input) => source.connect(this.#node, 0, input));
    // Its output is silence; only nodes that lead to the destination are sure to run.
    this.#node.connect(context.destination);
    context.addEventListener('statechange', () => this.#endIfClosed(), { signal: this.#isOver.signal });
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#samples;
  }

  /** The recording, once it has ended: with `finish`, or with the context. */
  get done(): Promise<Recording> {
    return this.#done.promise;
  }

  /** Ends the recording and lets go of the graph. */
  finish(): Promise<Recording> {
    this.#post({ kind: 'finish' });
    this.#endIfClosed();
    return this.done;
  }

  #take(
    { block, count, startFrame, lostQuanta, last }: FromRecorder,
    onBlock: (newest: Float32Array, total: number) => void,
  ) {
    this.#blocks.forEach((kept, input) => {
      kept.push(block.slice(input * BLOCK_SAMPLES, input * BLOCK_SAMPLES + count));
    });
    this.#samples += count;
    this.#startFrame = startFrame;
    this.#lostQuanta = lostQuanta;
    callListener(() => onBlock(this.#blocks[0].at(-1)!, this.#samples));
    if (last) this.#end();
    else this.#post({ kind: 'return', block }, [block.buffer]);
  }

  /** The processor of a closed context answers nobody. */
  #endIfClosed(): void {
    if (this.#context.state === 'closed') this.#end();
  }

  #end(): void {
    if (this.#isOver.signal.aborted) return;
    this.#isOver.abort();
    this.#sources.forEach((source, input) => source.disconnect(this.#node, 0, input));
    this.#node.disconnect();
    this.#node.port.close();
    this.#done.resolve({
      channels: this.#blocks.map(joined),
      startFrame: this.#startFrame,
      lostSamples: 128 * this.#lostQuanta,
    });
  }

  #post(message: ToRecorder, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(message, transfer);
  }
}

/** One array of many. */
function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
