// How long the hops took, as bars.
import { LitElement, css, nothing, svg } from 'lit';
import type { TimeHistogram } from '../../src/shared/latency-times.ts';
import { define } from '../shared/define.ts';
import { chart } from './latency-chart.styles.ts';
import { chartFigure } from './latency-chart.ts';
import { theme } from '../shared/theme.styles.ts';

const HEIGHT = 100;
const TICK_MS = 4;

/** The last tick is wide: where there is no room for it, the one before goes. */
const styles = css`
  :host {
    container-type: inline-size;
  }
  @container (max-width: 18rem) {
    .ticks span:nth-last-child(2) {
      display: none;
    }
  }
`;

/** A histogram of times; the heights are square roots of the counts, so that the rare ones can be seen. */
export class LatencyHistogram extends LitElement {
  static override styles = [theme, chart, styles];
  static override properties = {
    histogram: { attribute: false },
    limitMs: { attribute: false },
    caption: { type: String },
    summary: { type: String },
  };

  declare histogram: TimeHistogram | null;
  /** Drawn as a line; what is longer stands out. */
  declare limitMs: number | null;
  declare caption: string;
  /** What it shows, for who cannot see it. */
  declare summary: string;

  constructor() {
    super();
    this.histogram = null;
    this.limitMs = null;
    this.caption = '';
    this.summary = '';
  }

  override render() {
    const { histogram, limitMs } = this;
    const counts = histogram?.counts ?? new Uint32Array(65);
    const binMs = histogram?.binMs ?? 0.25;
    const most = Math.sqrt(counts.reduce((largest, count) => Math.max(largest, count), 1));
    const bars = [...counts.entries()].filter(([, count]) => count > 0);
    const limit = limitMs === null ? null : limitMs / binMs;
    const endMs = binMs * (counts.length - 1);
    const ticks = Array.from({ length: Math.floor(endMs / TICK_MS) + 1 }, (_, n) => n * TICK_MS);
    return chartFigure({
      caption: this.caption,
      summary: this.summary,
      viewBox: `0 0 ${counts.length} ${HEIGHT}`,
      heightPx: 120,
      marks: svg`
        <line class="axis" x1="0" x2=${counts.length} y1=${HEIGHT} y2=${HEIGHT} />
        ${bars.map(([bin, count]) => {
          const height = Math.max(1.5, (HEIGHT * Math.sqrt(count)) / most);
          const isOver = limit !== null && bin >= limit;
          return svg`<rect class=${isOver ? 'bar over' : 'bar'} x=${bin + 0.08} y=${HEIGHT - height} width="0.84" height=${height} />`;
        })}
        ${
          limit === null || limit > counts.length
            ? nothing
            : svg`<line class="limit" x1=${limit} x2=${limit} y1="0" y2=${HEIGHT} />`
        }
      `,
      ticks: ticks.map((ms, n) => ({
        at: ms / (binMs * counts.length),
        text: n === ticks.length - 1 ? `≥ ${ms} ms` : `${ms}`,
      })),
    });
  }
}

define('latency-histogram', LatencyHistogram);

declare global {
  interface HTMLElementTagNameMap {
    'latency-histogram': LatencyHistogram;
  }
}
