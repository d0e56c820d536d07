// What was recorded, before it is kept: how good it is, to listen to, to name, to do again.
import { LitElement, html, nothing } from 'lit';
import { CLUE_ENROLLER_TEXTS } from './clue-enroller.texts.ts';
import type { ClueEnrollerTexts, Doubt } from './clue-enroller.texts.ts';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './enroll-review.styles.ts';
import { fields } from './enroll-fields.styles.ts';

export interface ReviewState {
  /** Of the recording, to listen to. */
  readonly url: string;
  readonly voicedS: number;
  readonly durationS: number;
  readonly snrDb: number;
  readonly doubts: readonly Doubt[];
  /** What it is called unless somebody says otherwise. */
  readonly name: string;
  /** The name of the voice that it is added to; null where it is a new one, which wants a name. */
  readonly addsTo: string | null;
}

/**
 * A recording that passed the check.
 *
 * @fires save-request - detail: the name, of the voice that it is added to where there is one
 * @fires redo-request - record again
 * @fires discard-request - forget it
 */
export class EnrollReview extends LitElement {
  static override styles = [controls, fields, styles];
  static override properties = {
    texts: { attribute: false },
    review: { attribute: false },
    isNameMissing: { state: true },
  };

  declare texts: ClueEnrollerTexts;
  declare review: ReviewState | null;
  declare private isNameMissing: boolean;

  constructor() {
    super();
    this.texts = CLUE_ENROLLER_TEXTS;
    this.review = null;
    this.isNameMissing = false;
  }

  override focus(options?: FocusOptions): void {
    const input = this.renderRoot.querySelector('input');
    (input ?? this.renderRoot.querySelector<HTMLElement>('#save'))?.focus(options);
    input?.select();
  }

  override render() {
    const { texts, review } = this;
    if (review === null) return nothing;
    const { url, voicedS, durationS, snrDb, doubts, addsTo } = review;
    return html`
      ${doubts.length === 0 ? html`<p class="verdict good" id="verdict">${texts.good}</p>` : this.#doubts(doubts)}
      <p class="soft">${texts.figures(voicedS, durationS, snrDb)}</p>
      <audio controls preload="metadata" src=${url} aria-label=${texts.listen}></audio>
      <form novalidate @submit=${this.#save}>
        ${addsTo === null ? this.#name(review) : nothing}
        <div class="row">
          <button class="primary" id="save" aria-describedby=${addsTo === null ? nothing : 'verdict'}>
            ${addsTo === null ? texts.save : texts.add(addsTo)}
          </button>
          <button type="button" id="redo" @click=${() => this.dispatchEvent(new CustomEvent('redo-request'))}>
            ${texts.redo}
          </button>
          <button
            type="button"
            id="discard"
            @click=${() => this.dispatchEvent(new CustomEvent('discard-request'))}
          >
            ${texts.discard}
          </button>
        </div>
      </form>
    `;
  }

  #name({ name }: ReviewState) {
    const { texts, isNameMissing } = this;
    return html`
      <label for="name">${texts.name}</label>
      <input
        id="name"
        autocomplete="off"
        maxlength="100"
        .value=${name}
        aria-invalid=${isNameMissing}
        aria-describedby=${isNameMissing ? 'missing verdict' : 'verdict'}
        @input=${() => (this.isNameMissing = false)}
      />
      ${isNameMissing ? html`<p id="missing" class="missing" role="alert">${texts.nameMissing}</p>` : nothing}
    `;
  }

  #doubts(doubts: readonly Doubt[]) {
    const { texts } = this;
    return html`
      <div class="verdict" id="verdict">
        <p>${texts.doubtful}</p>
        <ul>
          ${doubts.map((doubt) => html`<li>${texts.doubts[doubt]}</li>`)}
        </ul>
      </div>
    `;
  }

  readonly #save = (event: Event) => {
    event.preventDefault();
    const input = this.renderRoot.querySelector('input');
    const name = input === null ? this.review!.addsTo! : input.value.trim();
    this.isNameMissing = name === '';
    if (name === '') input!.focus();
    else this.dispatchEvent(new CustomEvent<string>('save-request', { detail: name }));
  };
}

define('enroll-review', EnrollReview);

declare global {
  interface HTMLElementTagNameMap {
    'enroll-review': EnrollReview;
  }
}
