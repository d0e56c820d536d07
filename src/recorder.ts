// Records what flows through the audio graph, several places at once, sample for sample of the same time.
import { BlockRecorder, type RecordedSpan } from './block-recorder.ts';

export interface Recording extends RecordedSpan {
  /** One a recorded node, all of the same length, at the context's rate. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** Keeps all in memory: 11 MB a minute and node at 48 kHz. */
export class Recorder {
  readonly #recorder: BlockRecorder;
  readonly #done: Promise<Recording>;
  readonly #length: { samples: number };

  /** Starts to record each of `sources`, mixed down to one channel. They must belong to `context`, which runs. */
  static async start(
    context: BaseAudioContext,
    sources: readonly AudioNode[],
    onBlock: (newest: Float32Array, totalSamples: number) => void = () => {},
  ): Promise<Recorder> {
    const kept = sources.map((): Float32Array[] => []);
    const length = { samples: 0 };
    const recorder = await BlockRecorder.start(context, sources, (blocks) => {
      blocks.forEach((block, input) => kept[input].push(block));
      length.samples += blocks[0].length;
      onBlock(blocks[0], length.samples);
    });
    return new Recorder(recorder, kept, length);
  }

  private constructor(
    recorder: BlockRecorder,
    kept: readonly Float32Array[][],
    length: { readonly samples: number },
  ) {
    this.#recorder = recorder;
    this.#length = length;
    this.#done = recorder.done.then((span) => ({ channels: kept.map(joined), ...span }));
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#length.samples;
  }

  /** The recording, once it has ended: with `finish`, or with the context. */
  get done(): Promise<Recording> {
    return this.#done;
  }

  /** Ends the recording and lets go of the graph. */
  finish(): Promise<Recording> {
    void this.#recorder.finish();
    return this.#done;
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
