// The newest hops, one after the other.
import { LitElement, nothing, svg } from 'lit';
import { define } from '../shared/define.ts';
import { chart } from './latency-chart.styles.ts';
import { chartFigure } from './latency-chart.ts';
import { theme } from '../shared/theme.styles.ts';

const HEIGHT = 100;

export interface Timeline {
  /** Of the newest hops, the oldest first; as many as fit are shown. */
  readonly hopMs: readonly number[];
  /** Indices of `hopMs` at which deadlines were missed. */
  readonly missedAt: readonly number[];
}

/** A line over the hops; what was missed stands under it. */
export class LatencyTimeline extends LitElement {
  static override styles = [theme, chart];
  static override properties = {
    timeline: { attribute: false },
    hops: { type: Number },
    hopMs: { type: Number, attribute: 'hop-ms' },
    limitMs: { attribute: false },
    caption: { type: String },
    summary: { type: String },
  };

  declare timeline: Timeline;
  /** How many hops the width is. */
  declare hops: number;
  /** How long a hop is. */
  declare hopMs: number;
  /** The upper end, drawn as a line. */
  declare limitMs: number;
  declare caption: string;
  /** What it shows, for who cannot see it. */
  declare summary: string;

  constructor() {
    super();
    this.timeline = { hopMs: [], missedAt: [] };
    this.hops = 625;
    this.hopMs = 8;
    this.limitMs = 8;
    this.caption = '';
    this.summary = '';
  }

  override render() {
    const { hops, timeline, limitMs } = this;
    const newest = timeline.hopMs.slice(-hops);
    const skipped = timeline.hopMs.length - newest.length;
    const start = hops - newest.length;
    const points = newest.map(
      (ms, n) => `${start + n},${(HEIGHT * (1 - Math.min(1.03, ms / limitMs))).toFixed(1)}`,
    );
    const seconds = (hops * this.hopMs) / 1000;
    return chartFigure({
      caption: this.caption,
      summary: this.summary,
      viewBox: `0 0 ${hops} ${HEIGHT}`,
      heightPx: 120,
      marks: svg`
        <line class="limit" x1="0" x2=${hops} y1="0" y2="0" />
        <line class="axis" x1="0" x2=${hops} y1=${HEIGHT} y2=${HEIGHT} />
        ${points.length === 0 ? nothing : svg`<polyline class="line" points=${points.join(' ')} />`}
        ${timeline.missedAt
          .filter((at) => at >= skipped)
          .map(
            (at) =>
              svg`<rect class="bar over" x=${start + at - skipped - 1} y=${HEIGHT - 10} width="3" height="10" />`,
          )}
      `,
      ticks: [
        { at: 0, text: `−${seconds} s` },
        { at: 0.5, text: `−${seconds / 2} s` },
        { at: 1, text: '0' },
      ],
    });
  }
}

define('latency-timeline', LatencyTimeline);

declare global {
  interface HTMLElementTagNameMap {
    'latency-timeline': LatencyTimeline;
  }
}
