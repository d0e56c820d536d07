// Whether all that is said has been taken for somebody else's: it may be the enrolled person, not known again. How often that is right: docs/elements.md.
import { LOOK_EVERY_MS, QUIET_DBFS } from './target-speaking.ts';

const looksIn = (seconds: number) => Math.round((1000 * seconds) / LOOK_EVERY_MS);

/** Speech, of anybody, that is judged by. */
const JUDGED_LOOKS = looksIn(5);
/** The lowest level of so long is the room's: between words there is nothing else. */
const ROOM_LOOKS = looksIn(5);
const SPEECH_ABOVE_ROOM_DB = 10;
/** Share of the speech that was the voice's: below the first the question begins, above the second it ends. */
const ASKS_BELOW = 0.1;
const SETTLED_ABOVE = 0.3;

export class Unheard {
  #levelsDb: number[] = [];
  #speech: boolean[] = [];
  #asks = false;

  /** RMS of the mixture over the last tenth of a second, dBFS; whether the voice is judged to speak. */
  look(mixtureDb: number, speaks: boolean): boolean {
    this.#levelsDb = [...this.#levelsDb, mixtureDb].slice(-ROOM_LOOKS);
    if (mixtureDb < Math.max(QUIET_DBFS, Math.min(...this.#levelsDb) + SPEECH_ABOVE_ROOM_DB))
      return this.#asks;
    this.#speech = [...this.#speech, speaks].slice(-JUDGED_LOOKS);
    const share = this.#speech.filter(Boolean).length / JUDGED_LOOKS;
    const isEnough = this.#speech.length === JUDGED_LOOKS;
    this.#asks = isEnough && share < (this.#asks ? SETTLED_ABOVE : ASKS_BELOW);
    return this.#asks;
  }

  reset(): void {
    this.#levelsDb = [];
    this.#speech = [];
    this.#asks = false;
  }
}
