// What is being heard right now, as a lamp and a sentence.
import { LitElement, css, html } from 'lit';
import { define } from '../shared/define.ts';

/** How it stands: nothing runs, all is well, something is to be known, something is wrong. */
export type LiveTone = 'off' | 'good' | 'notice' | 'bad';

/** A sentence that screen readers read when it changes. */
export class LiveStatus extends LitElement {
  static override styles = css`
    :host {
      display: flex;
      align-items: baseline;
      gap: 0.625rem;
      min-width: 0;
    }
    .lamp {
      flex: none;
      width: 0.75rem;
      height: 0.75rem;
      border-radius: 50%;
      border: 2px solid var(--cm-soft, currentcolor);
      box-sizing: border-box;
      transform: translateY(0.0625rem);
    }
    .good {
      border-color: var(--cm-accent, Highlight);
      background: var(--cm-accent, Highlight);
    }
    .notice {
      border-color: var(--cm-warn, currentcolor);
      background: linear-gradient(to right, var(--cm-warn, currentcolor) 50%, transparent 0);
    }
    .bad {
      border-color: var(--cm-bad, red);
      border-radius: 0;
      background: var(--cm-bad, red);
    }
    /* Else the half that is filled would be gone. */
    @media (forced-colors: active) {
      .lamp {
        forced-color-adjust: none;
      }
    }
  `;
  static override properties = { tone: { type: String }, text: { type: String } };

  declare tone: LiveTone;
  declare text: string;

  constructor() {
    super();
    this.tone = 'off';
    this.text = '';
  }

  override render() {
    return html`
      <span class="lamp ${this.tone}" aria-hidden="true"></span>
      <span role="status">${this.text}</span>
    `;
  }
}

define('live-status', LiveStatus);

declare global {
  interface HTMLElementTagNameMap {
    'live-status': LiveStatus;
  }
}
