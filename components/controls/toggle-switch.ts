// A switch with a label and a line that says what it does.
import { LitElement, html, nothing } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './toggle-switch.styles.ts';

/**
 * A switch. It does not switch by itself: it asks, and shows what `checked` says.
 *
 * @fires toggle-request - detail: the state that is asked for
 */
export class ToggleSwitch extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    label: { type: String },
    hint: { type: String },
    checked: { type: Boolean },
    disabled: { type: Boolean },
  };

  declare label: string;
  declare hint: string;
  declare checked: boolean;
  declare disabled: boolean;

  constructor() {
    super();
    this.label = '';
    this.hint = '';
    this.checked = false;
    this.disabled = false;
  }

  override render() {
    return html`
      <button
        type="button"
        role="switch"
        aria-checked=${this.checked}
        aria-labelledby="label"
        aria-describedby=${this.hint ? 'hint' : nothing}
        ?disabled=${this.disabled}
        @click=${this.#ask}
      >
        <span class="knob"></span>
        <span class="text">
          <span class="label" id="label">${this.label}</span>
          ${this.hint ? html`<span class="hint" id="hint">${this.hint}</span>` : nothing}
        </span>
      </button>
    `;
  }

  readonly #ask = () => {
    this.dispatchEvent(new CustomEvent<boolean>('toggle-request', { detail: !this.checked }));
  };
}

define('toggle-switch', ToggleSwitch);

declare global {
  interface HTMLElementTagNameMap {
    'toggle-switch': ToggleSwitch;
  }
}
