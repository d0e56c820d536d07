// One run of the extractor: its input, its loudspeakers, its recording, its figures.
import type { Source } from '../components/app-state.ts';
import { MicrophoneError } from '../src/index.ts';
import type { Extractor } from '../src/index.ts';
import { openInput } from './inputs.ts';
import type { Input } from './inputs.ts';
import { toDb } from './level.ts';
import { Recorder } from './recorder.ts';
import type { Store } from './store.ts';
import { makeTake, releaseTake } from './take.ts';

const LEVELS_EVERY_MS = 66;
const STATS_EVERY_MS = 500;
/** Share of the output that may be missing before the page says that the machine does not keep up. */
const LATE_SHARE = 0.02;
/** How fast that share is followed: per look at the figures. */
const LATE_PACE = 0.3;

export class LiveRun {
  readonly #store: Store;
  readonly #extractor: Extractor;
  readonly #input: Input;
  readonly #loudspeakers: GainNode;
  readonly #timers: number[] = [];
  #recorder: Recorder | undefined;
  #missedShare = 0;
  #quanta = 0;
  #missedDeadlines = 0;

  /** Starts. `onEnded`: the input ended by itself. Throws MicrophoneError, AudioContextError or InputError; nothing runs then. */
  static async start(
    store: Store,
    extractor: Extractor,
    source: Source,
    onEnded: (error: Error) => void,
  ): Promise<LiveRun> {
    await extractor.context.resume();
    const input = await openInput(source, extractor.context, () =>
      onEnded(
        new MicrophoneError('is gone', { where: 'microphone', remedy: 'Plug it in again, then start again' }),
      ),
    );
    const run = new LiveRun(store, extractor, input);
    try {
      // Before the extractor, so that the recording holds its very first sample.
      if (store.state.recording) await run.record();
      await extractor.start(input.node);
    } catch (error) {
      await run.stop();
      throw error;
    }
    input.begin();
    run.monitor(store.state.monitor);
    run.#watch();
    return run;
  }

  private constructor(store: Store, extractor: Extractor, input: Input) {
    this.#store = store;
    this.#extractor = extractor;
    this.#input = input;
    this.#loudspeakers = new GainNode(extractor.context, { gain: 0 });
    extractor.output.connect(this.#loudspeakers).connect(extractor.context.destination);
  }

  /** Whether the loudspeakers play; fades. */
  monitor(on: boolean): void {
    this.#loudspeakers.gain.setTargetAtTime(on ? 1 : 0, this.#extractor.context.currentTime, 0.02);
  }

  /** Keeps what goes in and what comes out from now on. */
  async record(): Promise<void> {
    const { context, input, output } = this.#extractor;
    this.#recorder ??= await Recorder.start(context, [input, output]);
  }

  /** Ends the recording and shows it. */
  async finishRecording(): Promise<void> {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.#recorder = undefined;
    const { context, latencySamples } = this.#extractor;
    const recording = await recorder.finish();
    const { startFrame } = await this.#extractor.stats();
    const take = makeTake(recording, context.sampleRate, latencySamples, startFrame);
    if (take === null) return;
    releaseTake(this.#store.state.take);
    this.#store.set({ take });
  }

  async stop(): Promise<void> {
    this.#timers.forEach((timer) => clearInterval(timer));
    await this.finishRecording();
    // After the recording, so that the losses shown are all that it can hold.
    await this.#showStats().catch(() => {});
    await this.#extractor.stop();
    this.#input.close();
    this.#extractor.output.disconnect(this.#loudspeakers);
    this.#loudspeakers.disconnect();
  }

  #watch(): void {
    this.#timers.push(
      window.setInterval(() => this.#showLevels(), LEVELS_EVERY_MS),
      // The worker may be gone by then; the extractor tells that itself.
      window.setInterval(() => void this.#showStats().catch(() => {}), STATS_EVERY_MS),
    );
  }

  #showLevels(): void {
    const levels = this.#extractor.levels();
    this.#store.set({
      input: { rmsDb: toDb(levels.inputRms), peakDb: toDb(levels.inputPeak) },
      output: { rmsDb: toDb(levels.outputRms), peakDb: toDb(levels.outputPeak) },
    });
  }

  async #showStats(): Promise<void> {
    const stats = await this.#extractor.stats();
    if (stats.quanta > this.#quanta) {
      const share = (stats.missedDeadlines - this.#missedDeadlines) / (stats.quanta - this.#quanta);
      this.#missedShare += LATE_PACE * (share - this.#missedShare);
      this.#quanta = stats.quanta;
      this.#missedDeadlines = stats.missedDeadlines;
    }
    this.#store.set({ late: this.#missedShare > LATE_SHARE });
    this.#store.setStats({
      backend: stats.backend,
      backendReason: stats.reason,
      latencyMs: stats.latencyMs,
      contextRateHz: stats.rateHz,
      stepP50Ms: stats.step?.p50 ?? null,
      stepP99Ms: stats.step?.p99 ?? null,
      hops: stats.hops,
      skippedHops: stats.skippedHops,
      missedDeadlines: stats.missedDeadlines,
      missedSamples: stats.missedSamples,
      droppedSamples: stats.droppedSamples + stats.overflowSamples,
      nonFiniteSamples: stats.nonFinite,
    });
  }
}
