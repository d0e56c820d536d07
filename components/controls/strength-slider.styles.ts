import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.25rem;
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 1rem;
  }
  label {
    font-weight: 600;
  }
  output {
    color: var(--cm-soft, inherit);
    font-variant-numeric: tabular-nums;
  }
  input {
    appearance: none;
    /* As it is filled. */
    direction: ltr;
    width: 100%;
    height: 2rem;
    margin: 0;
    background: transparent;
    cursor: pointer;
    --fill: linear-gradient(
      to right,
      var(--cm-accent, Highlight) calc(var(--share) * 100%),
      var(--cm-track, ButtonFace) 0
    );
  }
  input::-webkit-slider-runnable-track {
    height: 0.375rem;
    border-radius: 0.1875rem;
    background: var(--fill);
  }
  input::-moz-range-track {
    height: 0.375rem;
    border-radius: 0.1875rem;
    background: var(--fill);
  }
  input::-webkit-slider-thumb {
    appearance: none;
    width: 1.25rem;
    height: 1.25rem;
    margin-top: -0.4375rem;
    border: 2px solid var(--cm-card, Canvas);
    border-radius: 50%;
    background: var(--cm-accent, Highlight);
  }
  input::-moz-range-thumb {
    width: 1rem;
    height: 1rem;
    border: 2px solid var(--cm-card, Canvas);
    border-radius: 50%;
    background: var(--cm-accent, Highlight);
  }
  input:disabled {
    cursor: not-allowed;
    opacity: 0.6;
  }
  @media (forced-colors: active) {
    input {
      forced-color-adjust: none;
    }
    input::-webkit-slider-runnable-track {
      outline: 1px solid CanvasText;
    }
    input::-moz-range-track {
      outline: 1px solid CanvasText;
    }
  }
`;
