// What the public elements look like, as far as several share it.
import { css } from 'lit';

export const text = css`
  :host {
    color: var(--cm-ink);
    font: 1rem/1.5 var(--cm-font);
  }
`;

/** The element itself stacks what is in it. */
export const stack = css`
  :host {
    display: grid;
    gap: 1.25rem;
    min-width: 0;
    container-type: inline-size;
  }
`;

/** A block with all of it in a grid. */
export const block = css`
  :host {
    display: block;
  }
  :host([hidden]) {
    display: none;
  }
  .all {
    display: grid;
  }
`;

export const cards = css`
  section {
    gap: 1rem;
    min-width: 0;
    padding: 1.25rem;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius);
    background: var(--cm-card);
  }
`;

/** Cards with one thing under the other; roomier where the container is wide. */
export const columns = css`
  section {
    display: flex;
    flex-direction: column;
  }
  @container (min-width: 48rem) {
    section {
      padding: 1.5rem;
    }
  }
`;
