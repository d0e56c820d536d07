// What the charts of the latency test share: quiet axes, one accent.
import { css } from 'lit';

export const chart = css`
  :host {
    display: block;
    min-width: 0;
  }
  figure {
    margin: 0;
    display: grid;
    gap: 0.375rem;
  }
  figcaption {
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
  svg {
    display: block;
    width: 100%;
    overflow: visible;
  }
  .axis {
    stroke: var(--cm-line, currentcolor);
    stroke-width: 1;
    vector-effect: non-scaling-stroke;
  }
  .limit {
    stroke: var(--cm-bad, red);
    stroke-width: 1.5;
    stroke-dasharray: 4 3;
    vector-effect: non-scaling-stroke;
  }
  .bar {
    fill: var(--cm-accent, currentcolor);
  }
  .bar.over {
    fill: var(--cm-bad, red);
  }
  .line {
    fill: none;
    stroke: var(--cm-accent, currentcolor);
    stroke-width: 1.25;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
  }
  .ticks {
    position: relative;
    height: 1.25rem;
    font-size: 0.8125rem;
    color: var(--cm-soft, inherit);
    font-variant-numeric: tabular-nums;
  }
  .ticks span {
    position: absolute;
    transform: translateX(-50%);
    white-space: nowrap;
  }
  .ticks span:first-child {
    transform: none;
  }
  .ticks span:last-child {
    transform: translateX(-100%);
  }
`;
