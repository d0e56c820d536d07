import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.875rem;
  }
  /* Stays in the page while it says nothing, or screen readers miss what comes; takes no room meanwhile. */
  .result:not(:has(*)) {
    position: absolute;
  }
  .recording {
    display: grid;
    gap: 0.625rem;
    padding: 0.875rem 1rem;
    border: 1px solid var(--cm-line, currentcolor);
    border-radius: var(--cm-radius, 8px);
  }
  .seconds {
    margin-left: auto;
    font-variant-numeric: tabular-nums;
  }
  .dot {
    width: 0.75rem;
    height: 0.75rem;
    border-radius: 50%;
    background: var(--cm-bad, red);
  }
  .enrolled {
    display: flex;
    align-items: baseline;
    gap: 0.5rem;
    overflow-wrap: anywhere;
  }
  .tick {
    color: var(--cm-accent, inherit);
    font-weight: 700;
  }
  input[type='file'] {
    display: none;
  }
`;
