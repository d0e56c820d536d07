// Tells the figures of a run once a second.
import type { Emitter } from './emitter.ts';
import type { ExtractorEvents } from './events.ts';
import type { ExtractorStats } from './stats.ts';

const EVERY_MS = 1000;
const NOTHING_YET = { missedDeadlines: 0, missedSamples: 0 };

/** While it ticks: `stats` once a second, `overload` where deadlines were missed meanwhile. Asks nobody while nobody listens. */
export class StatsTicker {
  readonly #emitter: Emitter<ExtractorEvents>;
  readonly #read: () => Promise<ExtractorStats>;
  readonly #timer: ReturnType<typeof setInterval>;
  #last: Pick<ExtractorStats, 'missedDeadlines' | 'missedSamples'> = NOTHING_YET;
  #lastMs = performance.now();
  #asking = false;
  #stopped = false;

  /** Starts at once. `read` may reject: then nothing is told that time. */
  constructor(emitter: Emitter<ExtractorEvents>, read: () => Promise<ExtractorStats>) {
    this.#emitter = emitter;
    this.#read = read;
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    const isHeard = this.#emitter.hasListeners('stats') || this.#emitter.hasListeners('overload');
    if (!isHeard || this.#asking) return;
    this.#asking = true;
    // A worker that is gone tells that itself.
    const stats = await this.#read().catch(() => undefined);
    this.#asking = false;
    if (stats === undefined || this.#stopped) return;
    this.#emitter.emit('stats', stats);
    this.#tellOverload(stats);
  }

  #tellOverload(stats: ExtractorStats): void {
    const nowMs = performance.now();
    const missedDeadlines = stats.missedDeadlines - this.#last.missedDeadlines;
    const missedSamples = stats.missedSamples - this.#last.missedSamples;
    const inLastMs = nowMs - this.#lastMs;
    this.#last = stats;
    this.#lastMs = nowMs;
    if (missedDeadlines <= 0) return;
    this.#emitter.emit('overload', {
      missedDeadlines,
      missedMs: (1000 * missedSamples) / stats.rateHz,
      inLastMs,
    });
  }
}
