// The figures of a run: the worker's and the audio thread's as one, and the ticker that tells them once a second.
import type { Transport } from './audio-graph.ts';
import type { Emitter } from './emitter.ts';
import type { ExtractorEvents } from './events.ts';
import type { Extractor } from './extractor.ts';
import type { AudioCounts } from './shared/audio-counters.ts';
import type { WorkerStats } from './shared/protocol.ts';

/** The worker's figures and the audio thread's, since the start of the run. */
export interface ExtractorStats extends Omit<WorkerStats, 'nonFinite'>, Omit<AudioCounts, 'missedQuanta'> {
  /** NaN and Inf among the input's samples, taken as 0. */
  readonly nonFinite: number;
  /** `process()` calls that lacked at least one sample of the estimate. */
  readonly missedDeadlines: number;
  readonly latencyMs: number;
  readonly rateHz: number;
  readonly transport: Transport;
}

const NO_COUNTS: AudioCounts = {
  startFrame: 0,
  quanta: 0,
  missedQuanta: 0,
  missedSamples: 0,
  lateSamples: 0,
  overflowSamples: 0,
  nonFinite: 0,
};

/** `counts`: undefined where nothing runs. */
export function extractorStats(
  worker: WorkerStats,
  counts: AudioCounts = NO_COUNTS,
  { latencyMs, context, transport }: Pick<Extractor, 'latencyMs' | 'context' | 'transport'>,
): ExtractorStats {
  const { missedQuanta, ...rest } = counts;
  return {
    ...worker,
    ...rest,
    nonFinite: worker.nonFinite + counts.nonFinite,
    missedDeadlines: missedQuanta,
    latencyMs,
    rateHz: context.sampleRate,
    transport,
  };
}

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
