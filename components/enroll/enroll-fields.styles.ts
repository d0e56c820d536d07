// Labels and text fields of the enrollment.
import { css } from 'lit';

export const fields = css`
  label {
    font-weight: 600;
  }
  input:not([type]) {
    width: 100%;
    min-width: 0;
    min-height: 2.75rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--cm-soft, currentcolor);
    border-radius: var(--cm-radius, 8px);
    background: transparent;
    color: inherit;
    font: inherit;
  }
  input[aria-invalid='true'] {
    border-color: var(--cm-bad, red);
  }
  .missing {
    color: var(--cm-bad, red);
    font-size: 0.875rem;
  }
`;
