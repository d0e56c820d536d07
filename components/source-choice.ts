// What to listen to: the microphone or the built-in demonstration.
import { LitElement, html } from 'lit';
import type { Source } from './app-state.ts';
import { controls } from './controls.styles.ts';
import { request } from './events.ts';
import { styles } from './source-choice.styles.ts';

const CHOICES: readonly { source: Source; name: string; hint: string }[] = [
  { source: 'microphone', name: 'Microphone', hint: 'Only the enrolled voice comes through' },
  { source: 'demo', name: 'Demonstration', hint: 'Two synthetic voices, one of them enrolled' },
];

/**
 * Choice of the input.
 *
 * @fires source-request - detail: 'microphone' or 'demo'
 */
export class SourceChoice extends LitElement {
  static override styles = [controls, styles];
  static override properties = { source: { type: String }, disabled: { type: Boolean } };

  declare source: Source;
  declare disabled: boolean;

  constructor() {
    super();
    this.source = 'microphone';
    this.disabled = false;
  }

  override render() {
    return html`
      <fieldset ?disabled=${this.disabled}>
        <legend>Input</legend>
        ${CHOICES.map(
          ({ source, name, hint }) => html`
            <label>
              <input
                type="radio"
                name="source"
                value=${source}
                .checked=${this.source === source}
                @change=${() => request(this, 'source-request', source)}
              />
              <span class="name">${name}</span>
              <span class="hint">${hint}</span>
            </label>
          `,
        )}
      </fieldset>
    `;
  }
}

customElements.define('source-choice', SourceChoice);

declare global {
  interface HTMLElementTagNameMap {
    'source-choice': SourceChoice;
  }
}
