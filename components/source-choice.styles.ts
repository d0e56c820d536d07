import { css } from 'lit';

export const styles = css`
  fieldset {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
    gap: 0.625rem;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0 0 0.5rem;
    font-weight: 600;
  }
  label {
    display: grid;
    grid-template-columns: auto 1fr;
    align-items: baseline;
    gap: 0 0.625rem;
    padding: 0.625rem 0.875rem;
    border: 1px solid var(--cm-line, currentcolor);
    border-radius: var(--cm-radius, 8px);
    cursor: pointer;
  }
  label:has(:checked) {
    border-color: var(--cm-accent, Highlight);
    box-shadow: inset 0 0 0 1px var(--cm-accent, Highlight);
  }
  input {
    margin: 0;
    accent-color: var(--cm-accent, auto);
  }
  .name {
    font-weight: 600;
  }
  .hint {
    grid-column: 2;
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
`;
