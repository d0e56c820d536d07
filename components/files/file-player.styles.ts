import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.75rem;
    container-type: inline-size;
  }
  .waves {
    display: grid;
    gap: 0.25rem;
    cursor: pointer;
  }
  .wave {
    position: relative;
    border-radius: 0.375rem;
    overflow: hidden;
    background: var(--cm-track, Canvas);
    color: var(--cm-soft, GrayText);
  }
  .wave.heard {
    color: var(--cm-accent, Highlight);
  }
  svg {
    display: block;
    width: 100%;
    height: 4rem;
  }
  path {
    fill: currentcolor;
  }
  .name {
    position: absolute;
    top: 0.25rem;
    left: 0.375rem;
    padding: 0 0.375rem;
    border-radius: 0.25rem;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--cm-ink, currentcolor);
    background: var(--cm-card, Canvas);
  }
  .head {
    position: absolute;
    top: 0;
    bottom: 0;
    width: 2px;
    margin-left: -1px;
    background: var(--cm-ink, currentcolor);
  }
  .transport {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto auto;
    align-items: center;
    gap: 0.5rem 0.875rem;
  }
  #play {
    min-width: 5.5rem;
  }
  input[type='range'] {
    /* As the waveforms and the arrow keys. */
    direction: ltr;
    width: 100%;
    height: 2.75rem;
    margin: 0;
    accent-color: var(--cm-accent, auto);
    cursor: pointer;
  }
  .time {
    font-variant-numeric: tabular-nums;
    color: var(--cm-soft, inherit);
    white-space: nowrap;
  }
  fieldset {
    display: flex;
    margin: 0;
    padding: 0;
    border: 0;
  }
  label {
    position: relative;
    flex: 1 1 auto;
    cursor: pointer;
  }
  label input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  label span {
    display: block;
    min-height: 2.75rem;
    padding: 0.5rem 1rem;
    border: 1px solid var(--cm-line, currentcolor);
    text-align: center;
    font-weight: 600;
  }
  label:first-of-type span {
    border-radius: var(--cm-radius, 8px) 0 0 var(--cm-radius, 8px);
  }
  label:last-of-type span {
    border-left: 0;
    border-radius: 0 var(--cm-radius, 8px) var(--cm-radius, 8px) 0;
  }
  label input:checked + span {
    background: var(--cm-accent, Highlight);
    border-color: var(--cm-accent, Highlight);
    color: var(--cm-on-accent, HighlightText);
  }
  @media (forced-colors: active) {
    label input:checked + span {
      forced-color-adjust: none;
    }
  }
  label input:focus-visible + span {
    outline: 3px solid var(--cm-accent, Highlight);
    outline-offset: 2px;
  }
  @container (max-width: 36rem) {
    .transport {
      grid-template-columns: auto minmax(0, 1fr) auto;
    }
    fieldset {
      grid-column: 1 / -1;
    }
  }
`;
