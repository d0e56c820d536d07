// Follows an extractor for <latency-meter>: asks for its figures a few times a second and keeps the newest hops.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Timeline } from '../../components/latency/latency-timeline.ts';
import type { Extractor, ExtractorStats } from '../../src/index.ts';

const EVERY_MS = 150;
const KEPT_HOPS = 625;

export class LatencyLive implements ReactiveController {
  /** Of the run, or of the last one. */
  stats: ExtractorStats | null = null;
  timeline: Timeline = { hopMs: [], missedAt: [] };
  /** While true the figures stay as they are: what runs meanwhile is a measurement. */
  isHeld = false;
  readonly #host: ReactiveControllerHost;
  #extractor: Extractor | null = null;
  #ended = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;
  #hops = 0;
  #missed = 0;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get isRunning(): boolean {
    return this.#extractor?.state === 'running';
  }

  /** From now on this one is followed; null: none. */
  follow(extractor: Extractor | null): void {
    if (extractor === this.#extractor) return;
    this.#leave();
    this.#extractor = extractor;
    this.stats = null;
    this.#listen();
  }

  hostConnected(): void {
    this.#listen();
  }

  hostDisconnected(): void {
    this.#leave();
  }

  /** The figures as of now. */
  async look(): Promise<void> {
    const extractor = this.#extractor;
    if (extractor === null || this.#asking || this.isHeld) return;
    this.#asking = true;
    try {
      const stats = await extractor.stats();
      if (extractor === this.#extractor && extractor.state === 'running' && !this.isHeld) this.#take(stats);
    } catch {
      // The extractor failed or was disposed: it tells that itself.
    } finally {
      this.#asking = false;
    }
  }

  #listen(): void {
    const extractor = this.#extractor;
    if (extractor === null || this.#timer !== undefined) return;
    this.#ended = new AbortController();
    extractor.on(
      'statechange',
      ({ state }) => {
        if (state === 'running' && !this.isHeld) this.#forget();
        this.#host.requestUpdate();
      },
      { signal: this.#ended.signal },
    );
    this.#timer = setInterval(() => {
      if (this.isRunning && document.visibilityState === 'visible') void this.look();
    }, EVERY_MS);
  }

  #leave(): void {
    this.#ended.abort();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Another run begins. */
  #forget(): void {
    this.stats = null;
    this.timeline = { hopMs: [], missedAt: [] };
    this.#hops = this.#missed = 0;
  }

  #take(stats: ExtractorStats): void {
    const { hops, newestHopMs } = stats.times;
    const fresh = Math.min(hops - this.#hops, newestHopMs.length);
    const kept = [...this.timeline.hopMs, ...newestHopMs.slice(newestHopMs.length - fresh)];
    const gone = Math.max(0, kept.length - KEPT_HOPS);
    const missedAt = this.timeline.missedAt.map((at) => at - gone).filter((at) => at >= 0);
    if (stats.missedDeadlines > this.#missed) missedAt.push(kept.length - gone - 1);
    this.timeline = { hopMs: kept.slice(gone), missedAt };
    this.#hops = hops;
    this.#missed = stats.missedDeadlines;
    this.stats = stats;
    this.#host.requestUpdate();
  }
}
