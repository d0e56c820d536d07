// What a run truly amounts to, from what can be observed: never "on" while nothing is extracted.

export type LiveStatusKind =
  | 'noExtractor'
  | 'noVoice'
  | 'off'
  | 'starting'
  | 'paused'
  | 'interrupted'
  | 'stalled'
  | 'late'
  | 'silent'
  | 'bypassed'
  | 'weak'
  | 'on';

export interface LiveObservation {
  readonly hasExtractor: boolean;
  /** False: it is known that nobody is enrolled. */
  readonly hasVoice: boolean;
  readonly run: 'stopped' | 'starting' | 'running';
  readonly contextState: string;
  /** The extractor told that nothing goes through. */
  readonly isInterrupted: boolean;
  /** Since the engine was last seen to compute a hop. */
  readonly sinceHopMs: number;
  /** Share of the output that was missing lately. */
  readonly missedShare: number;
  /** Since something else than exact silence came in. */
  readonly inputSilentMs: number;
  readonly bypass: boolean;
  readonly strength: number;
}

/** The figures come once a second. */
const STALLED_AFTER_MS = 3000;
/** A live microphone always has some noise: exact zeros for so long mean that it is muted. */
const SILENT_AFTER_MS = 1500;
const LATE_SHARE = 0.02;

/** The worst of what holds. */
export function judge(seen: LiveObservation): LiveStatusKind {
  if (!seen.hasExtractor) return 'noExtractor';
  if (seen.run === 'starting') return 'starting';
  if (seen.run === 'stopped') return seen.hasVoice ? 'off' : 'noVoice';
  if (seen.contextState !== 'running') return 'paused';
  if (seen.isInterrupted) return 'interrupted';
  if (seen.sinceHopMs > STALLED_AFTER_MS) return 'stalled';
  if (seen.inputSilentMs > SILENT_AFTER_MS) return 'silent';
  if (seen.bypass || seen.strength === 0) return 'bypassed';
  if (seen.missedShare > LATE_SHARE) return 'late';
  return seen.strength < 1 ? 'weak' : 'on';
}

/** How fast the share of what is missing is followed, per look. */
const PACE = 0.5;

/** Share of the deadlines that were missed lately, from counters that only grow. */
export class MissedShare {
  #quanta = 0;
  #missed = 0;
  share = 0;

  take(quanta: number, missedDeadlines: number): void {
    // Another run counts from 0.
    if (quanta < this.#quanta) this.reset();
    if (quanta === this.#quanta) return;
    const now = (missedDeadlines - this.#missed) / (quanta - this.#quanta);
    this.share += PACE * (now - this.share);
    this.#quanta = quanta;
    this.#missed = missedDeadlines;
  }

  reset(): void {
    this.#quanta = 0;
    this.#missed = 0;
    this.share = 0;
  }
}
