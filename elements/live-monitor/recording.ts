// A recording of what goes into an extractor and what comes out of it, of the same time.
import type { Take } from '../../components/controls/take-player.ts';
import type { Extractor, LatencyChangeEvent } from '../../src/index.ts';
import { BlockRecorder } from '../../src/block-recorder.ts';
import { KeptSamples } from './kept-samples.ts';
import { lastStats } from './last-stats.ts';
import { makeTake } from './take.ts';

export class LiveRecording {
  readonly #extractor: Extractor;
  readonly #recorder: BlockRecorder;
  readonly #kept: readonly KeptSamples[];
  /** While it was recorded. */
  readonly #growths: LatencyChangeEvent[] = [];
  readonly #listening = new AbortController();

  static async start(extractor: Extractor): Promise<LiveRecording> {
    const { context, input, output } = extractor;
    const kept = [new KeptSamples(), new KeptSamples()];
    const recorder = await BlockRecorder.start(context, [input, output], (blocks) =>
      blocks.forEach((block, n) => kept[n].push(block)),
    );
    return new LiveRecording(extractor, recorder, kept);
  }

  private constructor(extractor: Extractor, recorder: BlockRecorder, kept: readonly KeptSamples[]) {
    this.#extractor = extractor;
    this.#recorder = recorder;
    this.#kept = kept;
    const { signal } = this.#listening;
    extractor.on('latencychange', (growth) => this.#growths.push(growth), { signal });
  }

  /** Ends it; null where it is too short. `startFrame`: where the run began, if it has ended by now. */
  async finish(startFrame = 0): Promise<Take | null> {
    const { context, state } = this.#extractor;
    const span = await this.#recorder.finish();
    this.#listening.abort();
    const { latencySamples } = this.#extractor;
    const stats = state === 'running' ? await lastStats(this.#extractor) : null;
    const [input, output] = this.#kept.map((samples) => samples.blob());
    return makeTake({ input, output, ...span }, context.sampleRate, {
      latencySamples,
      growths: this.#growths,
      startFrame: stats?.startFrame ?? startFrame,
    });
  }
}
