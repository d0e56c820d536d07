// The live stream in the worker: wakes when the audio thread has brought samples, runs the hops they complete, hands the
// estimates back. Where time runs out it leaves hops out instead of falling behind; every sample keeps its place.
import { HOP_SAMPLES, MODEL_RATE_HZ, QUANTUM_SAMPLES } from '../shared/audio-constants.ts';
import { GaplessWriter } from '../shared/audio-gapless-writer.ts';
import { SystemClock } from '../shared/latency-clock.ts';
import type { AwaitableReader, SampleWriter } from '../shared/ring.ts';
import type { StreamExtractor } from './stream-extractor.ts';

/**
 * After so long without a pause the worker looks at its messages: what came in by a port meanwhile must be seen to know how late
 * it is, and the page's calls must not wait for a stream that never pauses.
 */
const YIELD_MS = 1;

export class Live {
  /** Estimate samples that found no room on the way back. */
  droppedSamples = 0;
  readonly #extractor: StreamExtractor;
  readonly #capture: AwaitableReader;
  readonly #playback: GaplessWriter;
  readonly #hopSamples: number;
  #slackSamples = 0;
  #limitSamples = 0;
  readonly #chunk: Float32Array;
  readonly #pulled: Float32Array;
  readonly #turn = new MessageChannel();
  readonly #clock = new SystemClock(() => performance.now());
  /** Samples of the mixture taken, and of the estimate handed back. */
  #popped = 0;
  #handed = 0;
  /** What the samples at hand have waited for this worker; 0 from the first hop on, whose work is what the next one waits for. */
  #wakeMs = 0;
  #skipping = false;
  #resetWanted = false;
  #stopped = false;
  #running: Promise<void> | undefined;

  /** `slackSamples`: how late, beyond the extractor's lag, an estimate still is in time. */
  constructor(
    extractor: StreamExtractor,
    capture: AwaitableReader,
    playback: SampleWriter,
    slackSamples: number,
  ) {
    this.#extractor = extractor;
    this.#capture = capture;
    // NaN: was never computed; the audio thread plays its policy there.
    this.#playback = new GaplessWriter(playback, NaN);
    this.#hopSamples = Math.ceil((HOP_SAMPLES * extractor.rateHz) / MODEL_RATE_HZ);
    this.#chunk = new Float32Array(this.#hopSamples);
    this.#pulled = new Float32Array(4 * this.#hopSamples);
    this.growSlack(slackSamples);
  }

  /** How late an estimate still is in time from now on; never less than before. */
  growSlack(slackSamples: number): void {
    this.#slackSamples = Math.max(slackSamples, this.#slackSamples);
    this.#limitSamples = Math.max(this.#slackSamples, this.#hopSamples);
  }

  /** Runs until `stop`. Rejects with what the engine threw. */
  start(): Promise<void> {
    this.#running ??= this.#run().finally(() => this.#release());
    return this.#running;
  }

  /** Takes effect before the next hop. */
  requestReset(): void {
    this.#resetWanted = true;
  }

  /** Resolves when the hop under way is done and nothing is touched any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#capture.close();
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      // Not for every quantum: one that completes no hop can wait for the one that does.
      await this.#capture.wait(this.#extractor.samplesToNextHop);
      this.#noteWake();
      let sinceMs = performance.now();
      for (let count = this.#pop(); count > 0; count = this.#pop()) {
        await this.#work(count);
        if (performance.now() - sinceMs < YIELD_MS) continue;
        await this.#lookAtMessages();
        sinceMs = performance.now();
      }
    }
  }

  /** Pushes the chunk's first `count` samples, runs the hops they complete and hands the estimates back. */
  async #work(count: number): Promise<void> {
    const extractor = this.#extractor;
    const startMs = performance.now();
    const hopsBefore = extractor.hops;
    const isLate = this.#late();
    this.#popped += count;
    await extractor.push(this.#chunk, count, isLate);
    const first = this.#handed;
    this.#handBack();
    if (!isLate && extractor.hops > hopsBefore) this.#noteHop(performance.now() - startMs, first);
  }

  #noteWake(): void {
    const { wokenByStampMs } = this.#capture;
    this.#wakeMs = 0;
    if (Number.isNaN(wokenByStampMs)) return;
    this.#wakeMs = this.#clock.sinceMs(wokenByStampMs);
    this.#extractor.times?.wake.add(this.#wakeMs);
  }

  /** `first`: position of the first sample that was handed back. */
  #noteHop(hopMs: number, first: number): void {
    const { rateHz, lagSamples, times } = this.#extractor;
    if (times === undefined) return;
    times.addHop(hopMs);
    if (this.#handed > first) {
      const now = this.#popped + this.#capture.available;
      const used = Math.max(0, now - first - lagSamples);
      times.addSlackUsed((1000 * used) / rateHz, this.#wakeMs, hopMs, used > this.#slackSamples);
    }
    this.#wakeMs = 0;
  }

  #pop(): number {
    if (this.#stopped) return 0;
    if (this.#resetWanted) {
      this.#resetWanted = false;
      this.#extractor.forget();
    }
    return this.#capture.pop(this.#chunk, this.#hopSamples);
  }

  /** Whether what is popped is too late to be of use: then everything is left out until the newest samples are reached. */
  #late(): boolean {
    const backlog = this.#capture.available;
    this.#skipping = backlog > (this.#skipping ? QUANTUM_SAMPLES - 1 : this.#limitSamples);
    return this.#skipping;
  }

  #handBack(): void {
    for (
      let count = this.#extractor.pull(this.#pulled);
      count > 0;
      count = this.#extractor.pull(this.#pulled)
    ) {
      this.#handed += count;
      this.droppedSamples += this.#playback.push(this.#pulled, count);
    }
  }

  /** An engine that answers at once never lets the worker's other messages in by itself. */
  #lookAtMessages(): Promise<void> {
    return new Promise((resolve) => {
      this.#turn.port1.onmessage = () => resolve();
      this.#turn.port2.postMessage(null);
    });
  }

  #release(): void {
    this.#capture.close();
    this.#turn.port1.close();
  }
}
