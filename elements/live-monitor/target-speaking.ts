// Whether the enrolled person speaks, judged by how much is taken away. The thresholds and how often they are right: docs/speaking.md.

export interface SpeakingThresholds {
  /** Level of the estimate relative to the mixture, dB: the voice begins above it … */
  readonly startsAboveDb: number;
  /** … and goes on down to this. */
  readonly endsBelowDb: number;
  /** Looks in a row below it that end the voice: a gap between two sounds is no end. */
  readonly looksToEnd: number;
}

/** As chosen by `npm run bench:speaking`. */
export const SPEAKING_THRESHOLDS: SpeakingThresholds = { startsAboveDb: -9, endsBelowDb: -17, looksToEnd: 1 };
/** What is played must be nearly the estimate, or its level tells nothing. */
export const JUDGED_FROM_LIMIT_DB = 20;
/** Below this there is nothing to judge. */
export const QUIET_DBFS = -50;

export class TargetSpeaking {
  readonly #thresholds: SpeakingThresholds;
  #speaks = false;
  #looksBelow = 0;

  constructor(thresholds = SPEAKING_THRESHOLDS) {
    this.#thresholds = thresholds;
  }

  /** RMS of mixture and estimate over the same tenth of a second, dBFS. */
  look(mixtureDb: number, estimateDb: number): boolean {
    const { startsAboveDb, endsBelowDb, looksToEnd } = this.#thresholds;
    const keptDb = estimateDb < QUIET_DBFS ? -Infinity : estimateDb - mixtureDb;
    if (keptDb > startsAboveDb) {
      this.#speaks = true;
      this.#looksBelow = 0;
    } else if (keptDb > endsBelowDb) this.#looksBelow = 0;
    else if (++this.#looksBelow >= looksToEnd) this.#speaks = false;
    return this.#speaks;
  }

  reset(): void {
    this.#speaks = false;
    this.#looksBelow = 0;
  }
}
