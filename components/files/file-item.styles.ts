import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.875rem;
    min-width: 0;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: start;
    gap: 0.625rem 1rem;
  }
  .head > div:first-child {
    flex: 1 1 16rem;
    min-width: 0;
  }
  h3 {
    margin: 0;
    font-size: 1rem;
    line-height: 1.4;
    overflow-wrap: anywhere;
  }
  .soft {
    font-size: 0.875rem;
    font-variant-numeric: tabular-nums;
  }
  a.button {
    display: inline-block;
    min-height: 2.75rem;
    padding: 0.5rem 1.125rem;
    border: 1px solid var(--cm-accent, LinkText);
    border-radius: var(--cm-radius, 8px);
    background: var(--cm-accent, LinkText);
    color: var(--cm-on-accent, Canvas);
    font-weight: 600;
    text-decoration: none;
  }
  @media (forced-colors: active) {
    a.button {
      forced-color-adjust: none;
    }
  }
  .progress {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 11rem;
    align-items: center;
    gap: 0.375rem 0.875rem;
    font-variant-numeric: tabular-nums;
  }
  .progress span {
    text-align: right;
    white-space: nowrap;
  }
  progress {
    appearance: none;
    width: 100%;
    height: 0.5rem;
    border: 0;
    border-radius: 0.25rem;
    overflow: hidden;
    background: var(--cm-track, Canvas);
  }
  @media (forced-colors: active) {
    progress {
      outline: 1px solid;
    }
  }
  progress::-webkit-progress-bar {
    background: var(--cm-track, Canvas);
  }
  progress::-webkit-progress-value {
    background: var(--cm-accent, Highlight);
  }
  progress::-moz-progress-bar {
    background: var(--cm-accent, Highlight);
  }
`;
