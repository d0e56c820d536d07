import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.25rem;
    min-width: 0;
  }
  label {
    font-weight: 600;
  }
  select {
    font: inherit;
    width: 100%;
    min-height: 2.75rem;
    padding: 0.375rem 0.75rem;
    border: 1px solid var(--cm-line, currentcolor);
    border-radius: var(--cm-radius, 8px);
    background: var(--cm-card, Canvas);
    color: inherit;
    text-overflow: ellipsis;
    cursor: pointer;
  }
  select:hover:not(:disabled, [aria-disabled='true']) {
    border-color: var(--cm-accent, currentcolor);
  }
  select:disabled,
  select[aria-disabled='true'] {
    cursor: not-allowed;
    color: var(--cm-soft, GrayText);
    opacity: 0.7;
  }
  @media (forced-colors: active) {
    select:disabled,
    select[aria-disabled='true'] {
      border-color: GrayText;
      color: GrayText;
    }
  }
  .hint {
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
    overflow-wrap: anywhere;
  }
`;
