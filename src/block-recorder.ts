// Takes what flows through the audio graph, several places at once, sample for sample of the same time, block by block.
import processorSource from '../worklet/recorder-processor.ts?bundled';
import { callListener } from './call-listener.ts';
import { disconnect } from './disconnect.ts';
import { BLOCK_SAMPLES, RECORDER_NAME } from './shared/recorder-protocol.ts';
import type { FromRecorder, RecorderOptions, ToRecorder } from './shared/recorder-protocol.ts';
import { WorkletModule } from './worklet-module.ts';

// Said to have no effect, so that bundles that do not use it are spared the source.
const processor = /* @__PURE__ */ new WorkletModule(processorSource);

/** What was recorded, but for the samples. */
export interface RecordedSpan {
  /** The context's frame of the first sample. */
  readonly startFrame: number;
  /** Samples that were lost because the page was too busy to take them. */
  readonly lostSamples: number;
}

/** The next samples, one array a recorded node, all of the same length; the taker's to keep. */
export type BlockTaker = (blocks: readonly Float32Array<ArrayBuffer>[]) => void;

export class BlockRecorder {
  readonly #context: BaseAudioContext;
  readonly #node: AudioWorkletNode;
  readonly #sources: readonly AudioNode[];
  readonly #done = Promise.withResolvers<RecordedSpan>();
  readonly #isOver = new AbortController();
  #startFrame = 0;
  #lostQuanta = 0;

  /** Starts to record each of `sources`, mixed down to one channel. They must belong to `context`, which runs. */
  static async start(
    context: BaseAudioContext,
    sources: readonly AudioNode[],
    onBlocks: BlockTaker,
  ): Promise<BlockRecorder> {
    await processor.load(context);
    return new BlockRecorder(context, sources, onBlocks);
  }

  private constructor(context: BaseAudioContext, sources: readonly AudioNode[], onBlocks: BlockTaker) {
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
    this.#node.port.onmessage = ({ data }: MessageEvent<FromRecorder>) => this.#take(data, onBlocks);
    sources.forEach((source, input) => source.connect(this.#node, 0, input));
    // Its output is silence; only nodes that lead to the destination are sure to run.
    this.#node.connect(context.destination);
    context.addEventListener('statechange', () => this.#endIfClosed(), { signal: this.#isOver.signal });
  }

  /** Once it has ended: with `finish`, or with the context. */
  get done(): Promise<RecordedSpan> {
    return this.#done.promise;
  }

  /** Ends the recording and lets go of the graph. */
  finish(): Promise<RecordedSpan> {
    this.#post({ kind: 'finish' });
    this.#endIfClosed();
    return this.done;
  }

  #take({ block, count, startFrame, lostQuanta, last }: FromRecorder, onBlocks: BlockTaker) {
    const blocks = this.#sources.map((_, input) => {
      const start = input * BLOCK_SAMPLES;
      return block.slice(start, start + count);
    });
    this.#startFrame = startFrame;
    this.#lostQuanta = lostQuanta;
    callListener(() => onBlocks(blocks));
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
    this.#sources.forEach((source, input) => disconnect(source, this.#node, input));
    this.#node.disconnect();
    this.#node.port.close();
    this.#done.resolve({ startFrame: this.#startFrame, lostSamples: 128 * this.#lostQuanta });
  }

  #post(message: ToRecorder, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(message, transfer);
  }
}
