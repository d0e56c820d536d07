// A sentence that people should read: what went wrong or what is different, announced to screen readers.
import { LitElement, html } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './notice-box.styles.ts';
import { theme } from '../shared/theme.styles.ts';

/**
 * A notice or an error.
 *
 * @slot - a button that helps
 */
export class NoticeBox extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    kind: { type: String },
    heading: { type: String },
    text: { type: String },
  };

  declare kind: 'notice' | 'error';
  declare heading: string;
  declare text: string;

  constructor() {
    super();
    this.kind = 'notice';
    this.heading = '';
    this.text = '';
  }

  override render() {
    return html`
      <div class="box ${this.kind}" role=${this.kind === 'error' ? 'alert' : 'status'}>
        <p><strong>${this.heading}</strong> ${this.text}</p>
        <slot></slot>
      </div>
    `;
  }
}

define('notice-box', NoticeBox);

declare global {
  interface HTMLElementTagNameMap {
    'notice-box': NoticeBox;
  }
}
