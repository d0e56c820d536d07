import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.625rem;
  }
  .verdict {
    padding-left: 0.75rem;
    border-left: 4px solid var(--cm-warn, currentcolor);
  }
  .verdict,
  .verdict.good {
    font-weight: 600;
  }
  .verdict.good {
    border-left-color: var(--cm-accent, currentcolor);
  }
  .verdict ul {
    margin: 0;
    padding-left: 1.125rem;
    font-weight: 400;
  }
  .soft {
    font-size: 0.875rem;
    font-variant-numeric: tabular-nums;
  }
  audio {
    width: 100%;
    height: 2.75rem;
  }
  form {
    display: grid;
    gap: 0.5rem;
    margin: 0;
  }
  .row {
    margin-top: 0.25rem;
  }
`;
