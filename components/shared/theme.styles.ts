// Colours and measures as custom properties. A page sets the public --crossmamba-… ones; the elements use the --cm-… ones made of them.
// Light or dark is the page's choice: the elements follow the `color-scheme` that they inherit.
import { css } from 'lit';

export const theme = css`
  :host {
    --cm-accent: var(--crossmamba-accent, light-dark(#0b6b5d, #5fd0bb));
    --cm-on-accent: var(--crossmamba-on-accent, light-dark(#ffffff, #0c211d));
    --cm-ink: var(--crossmamba-text, light-dark(#1d2125, #eceae4));
    --cm-soft: color-mix(in oklab, var(--cm-ink) 72%, var(--cm-card));
    --cm-card: var(--crossmamba-surface, light-dark(#ffffff, #1f2226));
    --cm-line: var(--crossmamba-border, light-dark(#dcd9d0, #363b41));
    --cm-track: color-mix(in oklab, var(--cm-ink) 10%, var(--cm-card));
    --cm-warn: light-dark(#8a5200, #f0b860);
    --cm-warn-paper: light-dark(#fdf3e0, #2f2718);
    --cm-bad: light-dark(#a3232a, #ff9a92);
    --cm-bad-paper: light-dark(#fcecea, #331d1d);
    --cm-radius: var(--crossmamba-radius, 10px);
    --cm-font: var(--crossmamba-font, system-ui, sans-serif);
  }
  /* The user's own colours replace every other that is no system colour: backgrounds that tell a state would be gone. */
  @media (forced-colors: active) {
    :host {
      --cm-accent: Highlight;
      --cm-on-accent: HighlightText;
      --cm-ink: CanvasText;
      --cm-soft: CanvasText;
      --cm-card: Canvas;
      --cm-line: CanvasText;
      --cm-track: Canvas;
      --cm-warn: CanvasText;
      --cm-warn-paper: Canvas;
      --cm-bad: CanvasText;
      --cm-bad-paper: Canvas;
    }
  }
`;
