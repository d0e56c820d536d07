import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    grid-template-columns: 1.75rem minmax(0, 1fr);
    gap: 0.375rem;
  }
  .axis {
    position: relative;
    font-size: 0.75rem;
    line-height: 1;
    text-align: right;
    color: var(--cm-soft, inherit);
    font-variant-numeric: tabular-nums;
  }
  .axis span {
    position: absolute;
    right: 0;
    transform: translateY(50%);
  }
  .axis span:last-child {
    transform: translateY(100%);
  }
  .axis .unit {
    bottom: 0;
    transform: none;
  }
  canvas {
    display: block;
    width: 100%;
    height: var(--cm-spectrogram-height, 10rem);
    border-radius: calc(var(--cm-radius, 8px) * 0.6);
    /* Read by the script, to tell what light-dark() comes to. */
    color: light-dark(#000000, #ffffff);
    outline: 1px solid var(--cm-line, transparent);
    outline-offset: -1px;
  }
`;
