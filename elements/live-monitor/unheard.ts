// Whether it is the enrolled person, not known again, whose speech is taken for somebody else's. How often that is right: docs/speaking.md.
import { Likeness, type SpeakerSimilarity } from './likeness.ts';
import { looksIn } from './looks.ts';
import { QUIET_DBFS } from './target-speaking.ts';

/** Speech, of anybody, that is judged by. */
const JUDGED_LOOKS = looksIn(5);
/** The lowest level of so long is the room's: between words there is nothing else. */
const ROOM_LOOKS = looksIn(5);
const SPEECH_ABOVE_ROOM_DB = 10;
/** Share of the speech that was the voice's: below the first there is doubt, above the second no more. */
const DOUBTS_BELOW = 0.1;
const SETTLED_ABOVE = 0.3;

export class Unheard {
  readonly #likeness: Likeness;
  #levelsDb: number[] = [];
  #speech: boolean[] = [];
  #isInDoubt = false;

  /** `similarity` is asked for only while nothing of what is said passes. */
  constructor(similarity: SpeakerSimilarity) {
    this.#likeness = new Likeness(similarity);
  }

  /** RMS of the mixture over the last tenth of a second, dBFS; whether the voice is judged to speak. */
  look(mixtureDb: number, speaks: boolean): boolean {
    this.#levelsDb = [...this.#levelsDb, mixtureDb].slice(-ROOM_LOOKS);
    const isSpeech = mixtureDb >= Math.max(QUIET_DBFS, Math.min(...this.#levelsDb) + SPEECH_ABOVE_ROOM_DB);
    if (isSpeech) this.#judge(speaks);
    return this.#likeness.look(this.#isInDoubt);
  }

  reset(): void {
    this.#levelsDb = [];
    this.#speech = [];
    this.#isInDoubt = false;
    this.#likeness.reset();
  }

  #judge(speaks: boolean): void {
    this.#speech = [...this.#speech, speaks].slice(-JUDGED_LOOKS);
    const share = this.#speech.filter(Boolean).length / JUDGED_LOOKS;
    const isEnough = this.#speech.length === JUDGED_LOOKS;
    this.#isInDoubt = isEnough && share < (this.#isInDoubt ? SETTLED_ABOVE : DOUBTS_BELOW);
  }
}
