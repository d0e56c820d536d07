import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
  }
  button {
    display: flex;
    align-items: start;
    gap: 0.75rem;
    width: 100%;
    padding: 0.5rem 0;
    border: 0;
    text-align: left;
    font-weight: 400;
  }
  button:disabled {
    border: 0;
  }
  .text {
    display: grid;
    gap: 0.125rem;
  }
  .label {
    font-weight: 600;
  }
  .hint {
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
  .knob {
    /* On is right in every script: the knob moves by its own measure. */
    direction: ltr;
    flex: none;
    width: 2.75rem;
    height: 1.5rem;
    padding: 0.1875rem;
    border-radius: 0.75rem;
    border: 1px solid var(--cm-soft, currentcolor);
    background: var(--cm-track, Canvas);
    transition: background 0.15s;
  }
  .knob::before {
    content: '';
    display: block;
    width: 1rem;
    height: 1rem;
    border-radius: 50%;
    background: var(--cm-soft, currentcolor);
    transition: transform 0.15s;
  }
  [aria-checked='true'] .knob {
    background: var(--cm-accent, Highlight);
    border-color: var(--cm-accent, Highlight);
  }
  [aria-checked='true'] .knob::before {
    transform: translateX(1.25rem);
    background: var(--cm-on-accent, HighlightText);
  }
  @media (prefers-reduced-motion: reduce) {
    .knob,
    .knob::before {
      transition: none;
    }
  }
`;
