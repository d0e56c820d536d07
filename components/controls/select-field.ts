// A choice among a few named things, with a label and a line that says what follows from it.
import { LitElement, html, nothing } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './select-field.styles.ts';

export interface SelectOption {
  readonly value: string;
  readonly name: string;
}

/**
 * A list to choose one from. It does not choose by itself: it asks, and shows what `value` says.
 *
 * @fires select-request - detail: the value that is asked for
 */
export class SelectField extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    label: { type: String },
    hint: { type: String },
    value: { type: String },
    options: { attribute: false },
    disabled: { type: Boolean },
    busy: { type: Boolean },
  };

  declare label: string;
  declare hint: string;
  declare value: string;
  declare options: readonly SelectOption[];
  declare disabled: boolean;
  /** Nothing else can be chosen for now; the keyboard stays where it is. */
  declare busy: boolean;

  constructor() {
    super();
    this.label = '';
    this.hint = '';
    this.value = '';
    this.options = [];
    this.disabled = false;
    this.busy = false;
  }

  override render() {
    return html`
      <label for="list">${this.label}</label>
      <select
        id="list"
        aria-describedby=${this.hint ? 'hint' : nothing}
        ?disabled=${this.disabled}
        aria-disabled=${this.busy}
        @change=${this.#ask}
      >
        ${this.options.map(({ value, name }) => {
          const isChosen = value === this.value;
          return html`
            <option value=${value} ?selected=${isChosen} ?disabled=${this.busy && !isChosen}>${name}</option>
          `;
        })}
      </select>
      ${this.hint ? html`<p class="hint" id="hint">${this.hint}</p>` : nothing}
    `;
  }

  /** The list shows what is so, also where the wish was refused. */
  protected override updated(): void {
    this.renderRoot.querySelector('select')!.value = this.value;
  }

  readonly #ask = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    // A list that was open already can still be chosen from.
    if (this.busy) this.requestUpdate();
    else this.dispatchEvent(new CustomEvent<string>('select-request', { detail: value }));
  };
}

define('select-field', SelectField);

declare global {
  interface HTMLElementTagNameMap {
    'select-field': SelectField;
  }
}
