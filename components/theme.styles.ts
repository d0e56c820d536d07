// Colours and measures as custom properties, for light and dark; elements inherit them from the page's element.
import { css } from 'lit';

export const theme = css`
  :host {
    color-scheme: light dark;
    --cm-paper: light-dark(#f6f5f1, #16181b);
    --cm-card: light-dark(#ffffff, #1f2226);
    --cm-ink: light-dark(#1d2125, #eceae4);
    --cm-soft: light-dark(#565d65, #a9aeb4);
    --cm-line: light-dark(#dcd9d0, #363b41);
    --cm-accent: light-dark(#0b6b5d, #5fd0bb);
    --cm-on-accent: light-dark(#ffffff, #0c211d);
    --cm-track: light-dark(#e6e3da, #2c3136);
    --cm-warn: light-dark(#8a5200, #f0b860);
    --cm-warn-paper: light-dark(#fdf3e0, #2f2718);
    --cm-bad: light-dark(#a3232a, #ff9a92);
    --cm-bad-paper: light-dark(#fcecea, #331d1d);
    --cm-radius: 10px;
  }
`;
