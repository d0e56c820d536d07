import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  :host([hidden]) {
    display: none;
  }
  fieldset {
    display: grid;
    gap: 0.5rem;
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0 0 0.5rem;
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
  .voice {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.125rem 0.75rem;
    padding: 0.625rem 0.875rem;
    border: 1px solid var(--cm-line, currentcolor);
    border-radius: var(--cm-radius, 8px);
  }
  .voice:has(input[type='radio']:checked) {
    border-color: var(--cm-accent, Highlight);
    box-shadow: inset 0 0 0 1px var(--cm-accent, Highlight);
  }
  .who {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
    min-height: 1.75rem;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  .who input {
    flex: none;
    width: 1.125rem;
    height: 1.125rem;
    margin: 0;
    transform: translateY(0.125rem);
    accent-color: var(--cm-accent, auto);
  }
  .other .who,
  .who:has([aria-disabled='true']) {
    cursor: not-allowed;
    color: var(--cm-soft, GrayText);
  }
  .who [aria-disabled='true']:enabled {
    cursor: not-allowed;
    filter: grayscale(1);
    opacity: 0.5;
  }
  .note {
    padding-left: 1.75rem;
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  .remark {
    display: block;
    color: var(--cm-warn, inherit);
  }
  .actions,
  .question {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    margin: 0.25rem 0 0;
    padding-left: 1.75rem;
  }
  .question input {
    flex: 1 1 10rem;
    width: auto;
  }
  .question strong {
    margin-right: 0.5rem;
    overflow-wrap: anywhere;
  }
  button.small {
    min-height: 2.25rem;
    padding: 0.25rem 0.75rem;
    font-size: 0.875rem;
  }
  .actions button {
    border-color: transparent;
    padding: 0.25rem 0.625rem;
    font-weight: 500;
    color: var(--cm-soft, inherit);
  }
  .actions button:hover:not([aria-disabled='true']),
  .actions button:focus-visible {
    color: inherit;
    border-color: var(--cm-line, currentcolor);
  }
  /* The words stand under the name, though the buttons are wider. */
  .actions {
    gap: 0 0.25rem;
    margin-left: -0.625rem;
  }
  @media (forced-colors: active) {
    .other .who,
    .who:has([aria-disabled='true']),
    .actions [aria-disabled='true'] {
      color: GrayText;
    }
  }
  button.danger {
    border-color: var(--cm-bad, red);
    color: var(--cm-bad, red);
  }
  @container (min-width: 44rem) {
    .voice {
      grid-template-columns: minmax(0, 1fr) auto;
      align-items: center;
    }
    .note {
      grid-row: 2;
    }
    .actions {
      grid-column: 2;
      grid-row: 1 / span 2;
      margin: 0;
      padding: 0;
    }
    .question {
      grid-column: 1 / -1;
    }
  }
`;
