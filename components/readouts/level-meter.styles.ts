import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) 4rem;
    align-items: center;
    gap: 0.75rem;
  }
  .track {
    position: relative;
    height: 0.75rem;
    border-radius: 0.375rem;
    background: var(--cm-track, Canvas);
    overflow: hidden;
  }
  @media (forced-colors: active) {
    .track {
      outline: 1px solid;
    }
  }
  .level {
    position: absolute;
    inset: 0;
    background: var(--cm-accent, Highlight);
    transform-origin: left;
  }
  .peak {
    position: absolute;
    top: 0;
    bottom: 0;
    width: 3px;
    margin-left: -3px;
    background: var(--cm-ink, currentcolor);
  }
  .level.clipped {
    background: var(--cm-bad, red);
  }
  #label {
    white-space: nowrap;
  }
  .value {
    text-align: right;
    font-variant-numeric: tabular-nums;
    color: var(--cm-soft, inherit);
    white-space: nowrap;
  }
`;
