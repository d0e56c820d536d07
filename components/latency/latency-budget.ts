// What a delay is made of: one bar, cut into its parts, with a legend.
import { LitElement, css, html } from 'lit';
import { define } from '../shared/define.ts';
import { theme } from '../shared/theme.styles.ts';

export interface BudgetPart {
  readonly name: string;
  readonly note?: string;
  readonly ms: number;
  /** Not ours: of the device and the browser. */
  readonly isForeign?: boolean;
}

const styles = css`
  :host {
    display: grid;
    gap: 0.75rem;
  }
  .bar {
    display: flex;
    gap: 2px;
    height: 1.75rem;
    border-radius: 0.375rem;
    overflow: hidden;
  }
  .bar > div {
    background: var(--tone);
    min-width: 2px;
  }
  ul {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
    gap: 0.75rem 1.25rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    display: grid;
    grid-template-columns: 0.75rem 1fr auto;
    gap: 0 0.5rem;
    align-items: baseline;
    font-variant-numeric: tabular-nums;
  }
  li::before {
    content: '';
    width: 0.75rem;
    height: 0.75rem;
    border-radius: 3px;
    background: var(--tone);
  }
  @media (forced-colors: active) {
    .bar > div,
    li::before {
      forced-color-adjust: none;
      outline: 1px solid CanvasText;
      outline-offset: -1px;
    }
  }
  b {
    font-weight: 600;
  }
  small {
    grid-column: 2 / -1;
    font-size: 0.8125rem;
    line-height: 1.35;
    color: var(--cm-soft, inherit);
  }
`;

/** A bar of parts in milliseconds. */
export class LatencyBudget extends LitElement {
  static override styles = [theme, styles];
  static override properties = { parts: { attribute: false } };

  declare parts: readonly BudgetPart[];

  constructor() {
    super();
    this.parts = [];
  }

  override render() {
    const ours = this.parts.filter(({ isForeign }) => !isForeign);
    const tone = (part: BudgetPart) => {
      const n = ours.indexOf(part);
      return n < 0
        ? '--tone: color-mix(in oklab, var(--cm-ink) 35%, var(--cm-card))'
        : `--tone: color-mix(in oklab, var(--cm-accent) ${100 - 30 * n}%, var(--cm-card))`;
    };
    return html`
      <div class="bar" aria-hidden="true">
        ${this.parts.map((part) => html`<div .style=${`${tone(part)}; flex: ${part.ms} 1 0`}></div>`)}
      </div>
      <ul>
        ${this.parts.map(
          (part) => html`
            <li .style=${tone(part)}>
              <span>${part.name}</span><b>${part.ms.toFixed(1)} ms</b>
              ${part.note === undefined ? '' : html`<small>${part.note}</small>`}
            </li>
          `,
        )}
      </ul>
    `;
  }
}

define('latency-budget', LatencyBudget);

declare global {
  interface HTMLElementTagNameMap {
    'latency-budget': LatencyBudget;
  }
}
