// Named figures side by side, each with a note; what is worrying stands out.
import { LitElement, html, nothing } from 'lit';
import { define } from '../shared/define.ts';
import { styles } from './figure-list.styles.ts';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  readonly isWorrying?: boolean;
}

/** A list of figures. */
export class FigureList extends LitElement {
  static override styles = styles;
  static override properties = { figures: { attribute: false } };

  declare figures: readonly Figure[];

  constructor() {
    super();
    this.figures = [];
  }

  override render() {
    return html`
      <dl>
        ${this.figures.map(
          ({ name, value, note, isWorrying }) => html`
            <div>
              <dt>${name}</dt>
              <dd class=${isWorrying ? 'worrying' : ''}>${value}</dd>
              ${note ? html`<dd class="note">${note}</dd>` : nothing}
            </div>
          `,
        )}
      </dl>
    `;
  }
}

define('figure-list', FigureList);

declare global {
  interface HTMLElementTagNameMap {
    'figure-list': FigureList;
  }
}
