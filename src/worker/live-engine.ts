// The engine as the live stream needs it: counted and measured.
import { LiveRecorder } from './live-times.ts';
import type { HopEngine } from './stream-extractor.ts';

/** What the real engine tells beside its estimates. */
export interface CountingEngine extends HopEngine {
  readonly counters?: { readonly recoveries: number };
  /** Of the newest step, where a device computed it: from the submission to the result in hand. */
  readonly readbackMs?: number;
}

export class LiveEngine implements HopEngine {
  readonly times = new LiveRecorder();
  hops = 0;
  readonly #engine: CountingEngine;

  constructor(engine: CountingEngine) {
    this.#engine = engine;
  }

  /** How often the engine got over a spoilt state. */
  get recoveries(): number {
    return this.#engine.counters?.recoveries ?? 0;
  }

  async process(mixture: Float32Array, estimate: Float32Array): Promise<void> {
    const startMs = performance.now();
    await this.#engine.process(mixture, estimate);
    this.hops++;
    this.times.addStep(performance.now() - startMs);
    this.times.readback.add(this.#engine.readbackMs ?? NaN);
  }

  reset(): void {
    this.#engine.reset();
  }
}
