// The people whose voices are kept: one of them is followed; each can be renamed, exported and deleted.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { CLUE_ENROLLER_TEXTS } from './clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from './clue-enroller.texts.ts';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { fields } from './enroll-fields.styles.ts';
import { styles } from './enroll-list.styles.ts';
import { unlessDisabled } from '../shared/unless-disabled.ts';

export interface ListedClue {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Seconds of voice in the enrollment; null where that is not known. */
  readonly voicedS: number | null;
  /** Enrollments that its clue is the mean of. */
  readonly takes: number;
  /** Another one can be added. */
  readonly isExtendable: boolean;
  /** What is to be known about its model; empty where all is well. */
  readonly remark: string;
  /** It can be chosen. */
  readonly isUsable: boolean;
}

/** What is asked about one row, instead of its buttons. */
interface Question {
  readonly id: string;
  readonly kind: 'rename' | 'delete';
}

/**
 * Voices to choose one from. It does nothing by itself: it asks, and shows what `chosen` says.
 *
 * @fires choose-request - detail: the id
 * @fires take-request - detail: the id; another enrollment is to be added
 * @fires rename-request - detail: {id, name}
 * @fires delete-request - detail: the id; asked for twice already
 * @fires export-request - detail: the id
 */
export class EnrollList extends LitElement {
  static override styles = [controls, fields, styles];
  static override properties = {
    texts: { attribute: false },
    clues: { attribute: false },
    chosen: { attribute: false },
    disabled: { type: Boolean },
    question: { state: true },
  };

  declare texts: ClueEnrollerTexts;
  declare clues: readonly ListedClue[];
  /** The id of the one that is followed. */
  declare chosen: string | null;
  declare disabled: boolean;
  declare private question: Question | null;

  constructor() {
    super();
    this.texts = CLUE_ENROLLER_TEXTS;
    this.clues = [];
    this.chosen = null;
    this.disabled = false;
    this.question = null;
  }

  override focus(options?: FocusOptions): void {
    const radio =
      this.renderRoot.querySelector<HTMLElement>('input[type=radio]:checked') ??
      this.renderRoot.querySelector<HTMLElement>('input[type=radio]:enabled');
    radio?.focus(options);
  }

  override render() {
    if (this.clues.length === 0) return nothing;
    return html`
      <fieldset>
        <legend>${this.texts.voices}</legend>
        ${repeat(
          this.clues,
          ({ id }) => id,
          (clue) => this.#row(clue),
        )}
      </fieldset>
    `;
  }

  /** The radios show what is so, also where the wish was refused. Whoever was asked a question is where it is answered. */
  protected override updated(changed: PropertyValues): void {
    for (const radio of this.renderRoot.querySelectorAll<HTMLInputElement>('input[type=radio]'))
      radio.checked = radio.value === this.chosen;
    if (!changed.has('question')) return;
    const before = changed.get('question') as Question | null | undefined;
    const place = this.question ?? before;
    if (!place) return;
    const row = this.renderRoot.querySelector(`[data-id="${place.id}"]`);
    const next =
      this.question === null ? `button.${place.kind}` : place.kind === 'rename' ? 'form input' : '.keep';
    const target = row?.querySelector<HTMLElement>(next);
    target?.focus();
    if (target instanceof HTMLInputElement) target.select();
  }

  #row(clue: ListedClue) {
    const { texts, question } = this;
    const { id, name, createdAt, voicedS, takes, remark, isUsable } = clue;
    const asked = question?.id === id ? question.kind : null;
    return html`
      <div class="voice ${isUsable ? '' : 'other'}" data-id=${id} part="voice" @keydown=${this.#escape}>
        <label class="who">
          <input
            type="radio"
            name="voice"
            value=${id}
            ?disabled=${!isUsable}
            aria-disabled=${this.disabled}
            aria-describedby="note-${id}"
            @change=${() => this.#choose(id)}
          />
          <span class="name">${name}</span>
        </label>
        <p class="note" id="note-${id}">
          ${texts.voiceNote(voicedS, createdAt, takes)}
          ${remark === '' ? nothing : html`<span class="remark">${remark}</span>`}
        </p>
        ${asked === 'rename' ? this.#rename(clue) : asked === 'delete' ? this.#delete(clue) : this.#actions(clue)}
      </div>
    `;
  }

  #actions({ id, name, isExtendable }: ListedClue) {
    const { texts, disabled } = this;
    const action = (
      kind: 'addTake' | 'rename' | 'export' | 'delete',
      onClick: () => void,
      label = texts.actionOn(texts[kind], name),
    ) => html`
      <button
        type="button"
        class="small ${kind}"
        aria-disabled=${disabled}
        aria-label=${label}
        @click=${unlessDisabled(onClick)}
      >
        ${texts[kind]}
      </button>
    `;
    const addTake = () => action('addTake', () => this.#ask('take-request', id), texts.addTakeOf(name));
    return html`
      <div class="actions">
        ${isExtendable ? addTake() : nothing}
        ${action('rename', () => (this.question = { id, kind: 'rename' }))}
        ${action('export', () => this.#ask('export-request', id))}
        ${action('delete', () => (this.question = { id, kind: 'delete' }))}
      </div>
    `;
  }

  #rename({ id, name }: ListedClue) {
    const { texts } = this;
    const save = (event: SubmitEvent) => {
      event.preventDefault();
      const wanted = new FormData(event.currentTarget as HTMLFormElement).get('name') as string;
      this.question = null;
      if (wanted.trim() !== '' && wanted !== name) this.#ask('rename-request', { id, name: wanted.trim() });
    };
    return html`
      <form class="question" @submit=${save}>
        <input
          name="name"
          .value=${name}
          maxlength="100"
          autocomplete="off"
          aria-label=${texts.newName(name)}
        />
        <button class="small primary">${texts.saveName}</button>
        <button type="button" class="small" @click=${this.#answered}>${texts.cancel}</button>
      </form>
    `;
  }

  #delete({ id, name }: ListedClue) {
    const { texts } = this;
    const remove = () => {
      this.question = null;
      this.#ask('delete-request', id);
    };
    return html`
      <div class="question" role="group" aria-labelledby="delete-${id}">
        <strong id="delete-${id}">${texts.deleteQuestion(name)}</strong>
        <button type="button" class="small danger" @click=${remove}>${texts.deleteYes}</button>
        <button type="button" class="small keep" @click=${this.#answered}>${texts.deleteNo}</button>
      </div>
    `;
  }

  readonly #answered = () => {
    this.question = null;
  };

  readonly #escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || this.question === null) return;
    event.stopPropagation();
    this.question = null;
  };

  #choose(id: string): void {
    if (this.disabled) this.requestUpdate();
    else this.#ask('choose-request', id);
  }

  #ask(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

define('enroll-list', EnrollList);

declare global {
  interface HTMLElementTagNameMap {
    'enroll-list': EnrollList;
  }
}
