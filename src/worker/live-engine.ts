// The engine as the live stream needs it: measured, and replaced by another when its device is lost.
import { DeviceLostError } from '../shared/errors.ts';
import { LiveRecorder } from './live-times.ts';
import type { HopEngine } from './stream-extractor.ts';

/** What the real engine counts; a replacement counts from 0 again. */
export interface CountingEngine extends HopEngine {
  readonly counters?: { readonly recoveries: number };
  /** Of the newest step, where a device computed it: from the submission to the result in hand. */
  readonly readbackMs?: number;
}

export class LiveEngine implements HopEngine {
  readonly times = new LiveRecorder();
  hops = 0;
  #engine: CountingEngine;
  /** Of devices lost, and of engines that are gone. */
  #earlierRecoveries = 0;
  readonly #replace: (lost: DeviceLostError) => Promise<CountingEngine>;

  /** `replace` builds the engine that takes over. */
  constructor(engine: CountingEngine, replace: (lost: DeviceLostError) => Promise<CountingEngine>) {
    this.#engine = engine;
    this.#replace = replace;
  }

  get recoveries(): number {
    return this.#earlierRecoveries + (this.#engine.counters?.recoveries ?? 0);
  }

  async process(mixture: Float32Array, estimate: Float32Array): Promise<void> {
    const startMs = performance.now();
    try {
      await this.#engine.process(mixture, estimate);
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
      const replacement = await this.#replace(error);
      this.#earlierRecoveries = this.recoveries + 1;
      this.#engine = replacement;
      await replacement.process(mixture, estimate);
      // The hop before went to the engine that is gone: this one cannot answer for it.
      estimate.fill(NaN);
    }
    this.hops++;
    this.times.addStep(performance.now() - startMs);
    this.times.readback.add(this.#engine.readbackMs ?? NaN);
  }

  reset(): void {
    this.#engine.reset();
  }
}
