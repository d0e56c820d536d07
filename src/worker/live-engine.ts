// The engine as the live stream needs it: counted and measured, and what it heard last is kept.
import { MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import { LiveRecorder } from './live-times.ts';
import { NewestSamples } from './newest-samples.ts';
import type { HopEngine } from './stream-extractor.ts';

/** What the real engine tells beside its estimates. */
export interface CountingEngine extends HopEngine {
  readonly counters?: { readonly recoveries: number };
  /** Of the newest step, where a device computed it: from the submission to the result in hand. */
  readonly readbackMs?: number;
}

/** Of the mixture, a whole number of hops: as much as tells one voice from another (docs/enrollment.md, "How long"). */
export const KEPT_S = 5;

export class LiveEngine implements HopEngine {
  readonly times = new LiveRecorder();
  /** The mixture at the model's rate. */
  readonly newest = new NewestSamples(KEPT_S * MODEL_RATE_HZ);
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
    this.newest.push(mixture);
    const startMs = performance.now();
    await this.#engine.process(mixture, estimate);
    this.hops++;
    this.times.addStep(performance.now() - startMs);
    this.times.readback.add(this.#engine.readbackMs ?? NaN);
  }

  skip(mixture: Float32Array): void {
    this.newest.push(mixture);
    this.#engine.skip(mixture);
  }

  forget(): void {
    this.#engine.forget();
    this.newest.clear();
  }

  reset(): void {
    this.#engine.reset();
    this.newest.clear();
  }
}
