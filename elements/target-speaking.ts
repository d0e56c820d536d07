// Whether the enrolled person speaks, judged by how much is taken away. The thresholds and how often they are right: docs/elements.md.

/** Below this there is nothing to judge. */
const QUIET_DBFS = -50;
const STARTS_ABOVE_DB = -9;
const ENDS_BELOW_DB = -14;
/** Looks in a row that must say "silent": a gap between two sounds is no end. */
const LOOKS_TO_END = 2;
/** What is played must be nearly the estimate, or its level tells nothing. */
export const JUDGED_FROM_LIMIT_DB = 20;

export class TargetSpeaking {
  #speaks = false;
  #looksBelow = 0;

  /** RMS of mixture and estimate over the same tenth of a second, dBFS. */
  look(mixtureDb: number, estimateDb: number): boolean {
    const keptDb = estimateDb < QUIET_DBFS ? -Infinity : estimateDb - mixtureDb;
    if (keptDb > STARTS_ABOVE_DB) {
      this.#speaks = true;
      this.#looksBelow = 0;
    } else if (keptDb > ENDS_BELOW_DB) this.#looksBelow = 0;
    else if (++this.#looksBelow >= LOOKS_TO_END) this.#speaks = false;
    return this.#speaks;
  }

  reset(): void {
    this.#speaks = false;
    this.#looksBelow = 0;
  }
}
