import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
  }
  .zone {
    display: grid;
    gap: 0.75rem;
    padding: 1.25rem;
    border: 2px dashed var(--cm-line, currentcolor);
    border-radius: var(--cm-radius, 8px);
  }
  .zone.over {
    border-color: var(--cm-accent, Highlight);
    background: color-mix(in oklab, var(--cm-accent, Highlight) 8%, transparent);
  }
  .soft {
    font-size: 0.875rem;
  }
  input {
    display: none;
  }
`;
