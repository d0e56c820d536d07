// Whether the speech that does not pass sounds like the enrolled person: asked of the extractor, from time to time, while there is doubt.
import { MIN_AGREEMENT } from '../../src/clue-agreement.ts';
import { looksIn } from './looks.ts';

/** As `Extractor.speakerSimilarity`. */
export type SpeakerSimilarity = () => Promise<number | null>;

/** Between two questions: seldom enough for the worker, and not all of what one hears is heard by the next. */
const ASK_EVERY_LOOKS = looksIn(2);

export class Likeness {
  readonly #similarity: SpeakerSimilarity;
  /** Another one for every doubt, so that an answer that comes too late is known; undefined: there is none. */
  #doubt: symbol | undefined;
  #isAlike = false;
  #looksToAsk = 0;

  constructor(similarity: SpeakerSimilarity) {
    this.#similarity = similarity;
  }

  /** Once alike, it stays so as long as the doubt does. */
  look(isInDoubt: boolean): boolean {
    if (!isInDoubt) {
      this.reset();
      return false;
    }
    this.#doubt ??= Symbol();
    if (!this.#isAlike && this.#looksToAsk-- === 0) {
      this.#looksToAsk = ASK_EVERY_LOOKS;
      void this.#ask(this.#doubt);
    }
    return this.#isAlike;
  }

  reset(): void {
    this.#doubt = undefined;
    this.#isAlike = false;
    this.#looksToAsk = 0;
  }

  async #ask(doubt: symbol): Promise<void> {
    // Who cannot tell asks nothing of anybody.
    const similarity = (await this.#similarity().catch(() => null)) ?? 0;
    if (doubt === this.#doubt) this.#isAlike ||= similarity >= MIN_AGREEMENT;
  }
}
