// The repetitions of a delay, one point each, opening by opening: what spreads, and what was refused.
import { LitElement, css, svg } from 'lit';
import type { LoopTake } from '../../src/shared/latency-report.ts';
import { define } from '../shared/define.ts';
import { chart } from './latency-chart.styles.ts';
import { chartFigure } from './latency-chart.ts';
import { theme } from '../shared/theme.styles.ts';

const WIDTH = 1000;
const ROW = 40;
const MARGIN = 16;

const styles = css`
  .point {
    fill: var(--cm-accent, currentcolor);
    fill-opacity: 0.75;
  }
  .refused {
    fill: none;
    stroke: var(--cm-bad, red);
    stroke-width: 4;
  }
`;

/** Points over a scale of milliseconds; a row an opening. Refused ones are hollow, at the left edge. */
export class LatencyTakes extends LitElement {
  static override styles = [theme, chart, styles];
  static override properties = {
    takes: { attribute: false },
    caption: { type: String },
    summary: { type: String },
  };

  declare takes: readonly LoopTake[];
  declare caption: string;
  /** What it shows, for who cannot see it. */
  declare summary: string;

  constructor() {
    super();
    this.takes = [];
    this.caption = '';
    this.summary = '';
  }

  override render() {
    const good = this.takes.filter(({ refused }) => refused === null).map(({ delayMs }) => delayMs);
    const endMs = Math.max(20, 20 * Math.ceil((1.1 * Math.max(0, ...good)) / 20));
    const rows = 1 + Math.max(0, ...this.takes.map(({ opening }) => opening));
    const height = rows * ROW;
    return chartFigure({
      caption: this.caption,
      summary: this.summary,
      viewBox: `${-MARGIN} 0 ${WIDTH + 2 * MARGIN} ${height}`,
      marks: svg`
        ${Array.from(
          { length: rows },
          (_, row) =>
            svg`<line class="axis" x1="0" x2=${WIDTH} y1=${ROW * (row + 0.5)} y2=${ROW * (row + 0.5)} />`,
        )}
        ${this.takes.map(({ opening, delayMs, refused }) => {
          const x = refused === null ? (WIDTH * delayMs) / endMs : 0;
          return svg`<circle class=${refused === null ? 'point' : 'refused'} cx=${x} cy=${ROW * (opening + 0.5)} r="10" />`;
        })}
      `,
      ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: `${endMs * at}${at === 1 ? ' ms' : ''}` })),
    });
  }
}

define('latency-takes', LatencyTakes);

declare global {
  interface HTMLElementTagNameMap {
    'latency-takes': LatencyTakes;
  }
}
