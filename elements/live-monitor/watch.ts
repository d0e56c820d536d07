// Watches a run: levels, whether the target speaks or goes unheard, and what it truly amounts to.
import type { Extractor, ExtractorStats } from '../../src/index.ts';
import { amplitudeDb } from '../../src/shared/decibels.ts';
import { judge, MissedShare } from './judgement.ts';
import type { LiveStatusKind } from './judgement.ts';
import type { LiveState } from './state.ts';
import { LOOK_EVERY_MS } from './looks.ts';
import { JUDGED_FROM_LIMIT_DB, TargetSpeaking } from './target-speaking.ts';
import { Unheard } from './unheard.ts';

type Look = Pick<LiveState, 'mixture' | 'estimate' | 'speaks' | 'isUnheard' | 'bypass' | 'limitDb'>;

export class LiveWatch {
  readonly #extractor: Extractor;
  readonly #onLook: (look: Look) => void;
  readonly #speaking = new TargetSpeaking();
  readonly #unheard: Unheard;
  readonly #missed = new MissedShare();
  #timer: ReturnType<typeof setInterval> | undefined;
  #hops = 0;
  /** When a new hop, and when sound, was last seen. */
  #hopMs = 0;
  #soundMs = 0;

  constructor(extractor: Extractor, onLook: (look: Look) => void) {
    this.#extractor = extractor;
    this.#onLook = onLook;
    this.#unheard = new Unheard(() => extractor.speakerSimilarity());
  }

  /** A run begins: looks at it from now on. */
  start(): void {
    this.stop();
    this.#speaking.reset();
    this.#unheard.reset();
    this.#missed.reset();
    this.#hops = 0;
    this.#hopMs = this.#soundMs = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The run's newest figures. */
  take(stats: ExtractorStats): void {
    if (stats.hops !== this.#hops) this.#hopMs = performance.now();
    this.#hops = stats.hops;
    this.#missed.take(stats.quanta, stats.missedDeadlines);
  }

  judge(state: LiveState, hasVoice: boolean): LiveStatusKind {
    const nowMs = performance.now();
    return judge({
      hasExtractor: true,
      hasVoice,
      run: state.run,
      contextState: this.#extractor.context.state,
      isInterrupted: state.interruption !== null,
      sinceHopMs: nowMs - this.#hopMs,
      missedShare: this.#missed.share,
      inputSilentMs: nowMs - this.#soundMs,
      bypass: state.bypass,
      strength: this.#extractor.strength,
    });
  }

  #look(): void {
    const { bypass, attenuationLimitDb: limitDb } = this.#extractor;
    const levels = this.#extractor.levels();
    const mixture = { rmsDb: amplitudeDb(levels.inputRms), peakDb: amplitudeDb(levels.inputPeak) };
    const estimate = { rmsDb: amplitudeDb(levels.outputRms), peakDb: amplitudeDb(levels.outputPeak) };
    if (levels.inputPeak > 0) this.#soundMs = performance.now();
    const canBeJudged = !bypass && limitDb >= JUDGED_FROM_LIMIT_DB;
    const speaks = canBeJudged ? this.#speaking.look(mixture.rmsDb, estimate.rmsDb) : null;
    if (speaks === null) this.#unheard.reset();
    const isUnheard = speaks !== null && this.#unheard.look(mixture.rmsDb, speaks);
    this.#onLook({ mixture, estimate, speaks, isUnheard, bypass, limitDb });
  }
}
