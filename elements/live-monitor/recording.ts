// A recording of what goes into an extractor and what comes out of it, of the same time.
import type { Take } from '../../components/controls/take-player.ts';
import type { Extractor, LatencyChangeEvent } from '../../src/index.ts';
import { Recorder } from '../../src/recorder.ts';
import { lastStats } from './last-stats.ts';
import { makeTake } from './take.ts';

export class LiveRecording {
  readonly #extractor: Extractor;
  readonly #recorder: Recorder;
  /** While it was recorded. */
  readonly #growths: LatencyChangeEvent[] = [];
  readonly #listening = new AbortController();

  static async start(extractor: Extractor): Promise<LiveRecording> {
    const { context, input, output } = extractor;
    return new LiveRecording(extractor, await Recorder.start(context, [input, output]));
  }

  private constructor(extractor: Extractor, recorder: Recorder) {
    this.#extractor = extractor;
    this.#recorder = recorder;
    const { signal } = this.#listening;
    extractor.on('latencychange', (growth) => this.#growths.push(growth), { signal });
  }

  /** Ends it; null where it is too short. `startFrame`: where the run began, if it has ended by now. */
  async finish(startFrame = 0): Promise<Take | null> {
    const { context, state } = this.#extractor;
    const recording = await this.#recorder.finish();
    this.#listening.abort();
    const { latencySamples } = this.#extractor;
    const stats = state === 'running' ? await lastStats(this.#extractor) : null;
    return makeTake(recording, context.sampleRate, {
      latencySamples,
      growths: this.#growths,
      startFrame: stats?.startFrame ?? startFrame,
    });
  }
}
