// Buttons, links and focus rings, the same in every element.
import { css } from 'lit';

export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2 {
    margin: 0;
    font-size: 1.125rem;
    line-height: 1.3;
  }
  p {
    margin: 0;
  }
  .soft {
    color: var(--cm-soft, inherit);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.625rem;
  }
  button {
    font: inherit;
    font-weight: 600;
    min-height: 2.75rem;
    padding: 0.5rem 1.125rem;
    border-radius: var(--cm-radius, 8px);
    border: 1px solid var(--cm-line, currentcolor);
    background: transparent;
    color: inherit;
    cursor: pointer;
  }
  button:hover:not(:disabled, [aria-disabled='true']) {
    border-color: var(--cm-accent, currentcolor);
  }
  button.primary {
    background: var(--cm-accent, ButtonFace);
    border-color: var(--cm-accent, ButtonFace);
    color: var(--cm-on-accent, ButtonText);
  }
  button.primary:hover:not(:disabled, [aria-disabled='true']) {
    filter: brightness(1.08);
  }
  button:disabled,
  button[aria-disabled='true'] {
    cursor: not-allowed;
    background: transparent;
    border-color: var(--cm-line, GrayText);
    border-style: dashed;
    color: var(--cm-soft, GrayText);
  }
  a {
    color: var(--cm-accent, LinkText);
  }
  :focus-visible {
    outline: 3px solid var(--cm-accent, Highlight);
    outline-offset: 2px;
  }
  @media (forced-colors: active) {
    /* Else the browser paints a plate behind the text, in the colour of the text. */
    button.primary {
      forced-color-adjust: none;
    }
    button:disabled,
    button[aria-disabled='true'] {
      border-color: GrayText;
      color: GrayText;
    }
    a {
      color: LinkText;
    }
  }
`;
