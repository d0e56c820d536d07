import { css } from 'lit';
import { hidden, text } from './element.styles.ts';

const own = css`
  :host {
    display: block;
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
`;

export const styles = [text, hidden, own];
