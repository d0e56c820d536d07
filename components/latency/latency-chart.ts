// The frame of a chart of the latency test: caption, drawing, ticks under it.
import { html, nothing } from 'lit';

export interface Chart {
  readonly caption: string;
  /** What it shows, for who cannot see it; the caption where it is empty. */
  readonly summary: string;
  readonly viewBox: string;
  /** Pixels: the drawing is stretched to them. As the view box is where none are given. */
  readonly heightPx?: number;
  /** SVG. */
  readonly marks: unknown;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  /** 0 … 1, of the width. */
  readonly at: number;
  readonly text: string;
}

export function chartFigure({ caption, summary, viewBox, heightPx, marks, ticks }: Chart) {
  return html`
    <figure>
      <figcaption>${caption}</figcaption>
      <svg
        role="img"
        aria-label=${summary || caption}
        viewBox=${viewBox}
        preserveAspectRatio=${heightPx === undefined ? nothing : 'none'}
        height=${heightPx ?? nothing}
      >
        ${marks}
      </svg>
      <div class="ticks" aria-hidden="true">
        ${ticks.map(({ at, text }) => html`<span .style=${`left: ${100 * at}%`}>${text}</span>`)}
      </div>
    </figure>
  `;
}
