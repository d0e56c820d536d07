// How long each part took: a row a part, a column a quantile.
import { LitElement, css, html } from 'lit';
import type { TimeSummary } from '../../src/shared/latency-times.ts';
import { define } from '../shared/define.ts';
import { theme } from '../shared/theme.styles.ts';

export interface LatencyRow {
  readonly name: string;
  readonly note: string;
  readonly times: TimeSummary | null;
}

const styles = css`
  :host {
    display: block;
    container-type: inline-size;
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: start;
    padding-bottom: 0.375rem;
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
  th,
  td {
    padding: 0.4375rem 0 0.4375rem 0.75rem;
    text-align: end;
    border-top: 1px solid var(--cm-line, currentcolor);
    white-space: nowrap;
  }
  thead th {
    border: 0;
    font-size: 0.875rem;
    font-weight: 400;
    color: var(--cm-soft, inherit);
  }
  th:first-child {
    text-align: start;
    padding-inline-start: 0;
    white-space: normal;
    min-width: 9rem;
  }
  tbody th {
    font-weight: 600;
  }
  @container (max-width: 30rem) {
    /* How many, and 95 %. */
    :is(th, td):nth-child(2),
    :is(th, td):nth-child(4) {
      display: none;
    }
  }
  small {
    display: block;
    font-weight: 400;
    font-size: 0.8125rem;
    line-height: 1.35;
    color: var(--cm-soft, inherit);
  }
`;

/** A table of times in milliseconds. */
export class LatencyTable extends LitElement {
  static override styles = [theme, styles];
  static override properties = {
    rows: { attribute: false },
    caption: { type: String },
    headings: { attribute: false },
  };

  declare rows: readonly LatencyRow[];
  declare caption: string;
  /** Of the columns: part, n, the quantiles, the maximum. */
  declare headings: readonly string[];

  constructor() {
    super();
    this.rows = [];
    this.caption = '';
    this.headings = ['', 'n', '50 %', '95 %', '99 %', 'max'];
  }

  override render() {
    return html`
      <table>
        <caption>
          ${this.caption}
        </caption>
        <thead>
          <tr>
            ${this.headings.map((heading) => html`<th scope="col">${heading}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.rows.map(
            ({ name, note, times }) => html`
              <tr>
                <th scope="row">${name}<small>${note}</small></th>
                <td>${times === null ? '—' : times.n.toLocaleString('en')}</td>
                ${(['p50', 'p95', 'p99', 'max'] as const).map(
                  (key) => html`<td>${times === null ? '—' : times[key].toFixed(2)}</td>`,
                )}
              </tr>
            `,
          )}
        </tbody>
      </table>
    `;
  }
}

define('latency-table', LatencyTable);

declare global {
  interface HTMLElementTagNameMap {
    'latency-table': LatencyTable;
  }
}
