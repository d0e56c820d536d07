import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    color: var(--cm-ink);
    font: 1rem/1.5 var(--cm-font);
  }
  :host([hidden]) {
    display: none;
  }
  .all {
    display: grid;
    gap: 1rem;
    border-radius: var(--cm-radius);
  }
  .all.over {
    outline: 2px dashed var(--cm-accent);
    outline-offset: 0.5rem;
  }
  .panel {
    padding: 1rem;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
