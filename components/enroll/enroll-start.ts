// Ways to a voice: record it, use a recording, import one that was exported.
import { LitElement, html, nothing } from 'lit';
import { CLUE_ENROLLER_TEXTS } from './clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from './clue-enroller.texts.ts';
import type { ListedClue } from './enroll-list.ts';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './enroll-start.styles.ts';
import { unlessDisabled } from '../shared/unless-disabled.ts';

/**
 * Three buttons; for another recording of a voice that is kept, the two that record, and one that goes back.
 *
 * @fires record-request - the microphone is wanted
 * @fires file-request - detail: the File that was chosen, sound or an exported voice
 * @fires forget-request - the newest recording of that voice is to be taken back
 * @fires cancel-request - no other recording of that voice
 */
export class EnrollStart extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    texts: { attribute: false },
    again: { type: Boolean },
    addsTo: { attribute: false },
    disabled: { type: Boolean },
  };

  declare texts: ClueEnrollerTexts;
  /** There are voices already: recording is not the main thing any more. */
  declare again: boolean;
  /** The voice that a recording is added to; null for a new one. */
  declare addsTo: Pick<ListedClue, 'name' | 'takes'> | null;
  declare disabled: boolean;

  constructor() {
    super();
    this.texts = CLUE_ENROLLER_TEXTS;
    this.again = false;
    this.addsTo = null;
    this.disabled = false;
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('button')?.focus(options);
  }

  override render() {
    const { texts, again, addsTo } = this;
    if (addsTo !== null)
      return html`
        <p class="heading">${texts.addTo(addsTo.name)}</p>
        <div class="row">
          ${this.#record(texts.recordTake, true)} ${this.#sound()}
          <button type="button" id="cancel" @click=${() => this.#ask('cancel-request')}>
            ${texts.cancel}
          </button>
        </div>
        <p class="soft">${texts.addHint}</p>
        ${addsTo.takes > 1 ? this.#forget(addsTo) : nothing}
      `;
    return html`
      <div class="row">
        ${this.#record(again ? texts.recordAnother : texts.record, !again)} ${this.#sound()}
        ${this.#file('import', texts.importClue, '.json,application/json')}
      </div>
      <p class="soft">${texts.hint}</p>
    `;
  }

  #record(label: string, isMain: boolean) {
    return html`
      <button
        type="button"
        id="record"
        class=${isMain ? 'primary' : nothing}
        aria-disabled=${this.disabled}
        @click=${unlessDisabled(() => this.#ask('record-request'))}
      >
        ${label}
      </button>
    `;
  }

  #forget({ takes }: Pick<ListedClue, 'takes'>) {
    const { texts, disabled } = this;
    return html`
      <p class="soft row">
        ${texts.takesSoFar(takes)}
        <button
          type="button"
          id="forget"
          aria-disabled=${disabled}
          @click=${unlessDisabled(() => this.#ask('forget-request'))}
        >
          ${texts.forgetTake}
        </button>
      </p>
    `;
  }

  #sound() {
    return this.#file('use-file', this.texts.useFile, 'audio/*,.wav,.flac,.mp3,.m4a,.ogg,.opus');
  }

  #file(id: string, label: string, accept: string) {
    return html`
      <button
        type="button"
        id=${id}
        aria-disabled=${this.disabled}
        @click=${unlessDisabled(() => this.#choose(id))}
      >
        ${label}
      </button>
      <input type="file" accept=${accept} tabindex="-1" aria-hidden="true" @change=${this.#chosen} />
    `;
  }

  #choose(id: string): void {
    this.renderRoot.querySelector<HTMLInputElement>(`#${id} + input`)!.click();
  }

  readonly #chosen = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // So that choosing the same file again is a change.
    input.value = '';
    if (file) this.#ask('file-request', file);
  };

  #ask(name: string, detail?: File): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

define('enroll-start', EnrollStart);

declare global {
  interface HTMLElementTagNameMap {
    'enroll-start': EnrollStart;
  }
}
