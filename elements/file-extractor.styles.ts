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
    gap: 1.25rem;
    container-type: inline-size;
  }
  section {
    display: flex;
    flex-direction: column;
    gap: 1rem;
    min-width: 0;
    padding: 1.25rem;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius);
    background: var(--cm-card);
  }
  ul {
    display: grid;
    gap: 1rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    min-width: 0;
    padding: 1rem 0 0;
    border-top: 1px solid var(--cm-line);
  }
  .small {
    font-size: 0.875rem;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (min-width: 48rem) {
    section {
      padding: 1.5rem;
    }
  }
`;
