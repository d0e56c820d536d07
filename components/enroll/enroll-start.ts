// Ways to a voice: record it, use a recording, import one that was exported.
import { LitElement, html, nothing } from 'lit';
import { CLUE_ENROLLER_TEXTS } from './clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from './clue-enroller.texts.ts';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './enroll-start.styles.ts';

/**
 * Three buttons.
 *
 * @fires record-request - the microphone is wanted
 * @fires file-request - detail: the File that was chosen, sound or an exported voice
 */
export class EnrollStart extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    texts: { attribute: false },
    again: { type: Boolean },
    disabled: { type: Boolean },
  };

  declare texts: ClueEnrollerTexts;
  /** There are voices already: recording is not the main thing any more. */
  declare again: boolean;
  declare disabled: boolean;

  constructor() {
    super();
    this.texts = CLUE_ENROLLER_TEXTS;
    this.again = false;
    this.disabled = false;
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('button')?.focus(options);
  }

  override render() {
    const { texts, again, disabled } = this;
    return html`
      <div class="row">
        <button
          type="button"
          id="record"
          class=${again ? nothing : 'primary'}
          ?disabled=${disabled}
          @click=${() => this.dispatchEvent(new CustomEvent('record-request'))}
        >
          ${again ? texts.recordAnother : texts.record}
        </button>
        ${this.#file('use-file', texts.useFile, 'audio/*,.wav,.flac,.mp3,.m4a,.ogg,.opus')}
        ${this.#file('import', texts.importClue, '.json,application/json')}
      </div>
      <p class="soft">${texts.hint}</p>
    `;
  }

  #file(id: string, label: string, accept: string) {
    return html`
      <button type="button" id=${id} ?disabled=${this.disabled} @click=${this.#choose}>${label}</button>
      <input type="file" accept=${accept} tabindex="-1" aria-hidden="true" @change=${this.#chosen} />
    `;
  }

  readonly #choose = (event: Event) => {
    ((event.currentTarget as HTMLElement).nextElementSibling as HTMLInputElement).click();
  };

  readonly #chosen = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // So that choosing the same file again is a change.
    input.value = '';
    if (file) this.dispatchEvent(new CustomEvent<File>('file-request', { detail: file }));
  };
}

define('enroll-start', EnrollStart);

declare global {
  interface HTMLElementTagNameMap {
    'enroll-start': EnrollStart;
  }
}
