import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.75rem;
  }
  .percentage {
    margin-left: auto;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .dot {
    width: 0.75rem;
    height: 0.75rem;
    border-radius: 50%;
    background: var(--cm-bad, red);
    animation: breathe 1.6s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.35;
    }
  }
  .track {
    height: 0.75rem;
    border-radius: 0.375rem;
    background: var(--cm-track, Canvas);
    overflow: hidden;
  }
  @media (forced-colors: active) {
    .track {
      outline: 1px solid;
    }
  }
  .done {
    height: 100%;
    background: var(--cm-accent, Highlight);
    transform-origin: left;
    transition: transform 0.1s linear;
  }
  /* Two lines, so that nothing moves when the sentence changes. */
  .guidance {
    min-height: 3em;
    font-weight: 600;
    line-height: 1.5;
  }
  .guidance.wrong {
    color: var(--cm-warn, inherit);
  }
  figure {
    display: grid;
    gap: 0.25rem;
    margin: 0;
    font-size: 0.875rem;
  }
  blockquote {
    margin: 0;
    padding-left: 0.875rem;
    border-left: 3px solid var(--cm-line, currentcolor);
  }
  @media (prefers-reduced-motion: reduce) {
    .dot {
      animation: none;
    }
    .done {
      transition: none;
    }
  }
`;
