import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
    color: var(--cm-ink);
    font: 1rem/1.5 var(--cm-font);
  }
  .all {
    display: grid;
    gap: 1.25rem;
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
  .top {
    display: grid;
    align-items: start;
    gap: 1.25rem;
  }
  .loading {
    display: grid;
    gap: 0.375rem;
  }
  progress {
    appearance: none;
    width: 100%;
    height: 0.375rem;
    border: 0;
    border-radius: 0.1875rem;
    overflow: hidden;
    background: var(--cm-track);
  }
  progress::-webkit-progress-bar {
    background: var(--cm-track);
  }
  progress::-webkit-progress-value {
    background: var(--cm-accent);
  }
  progress::-moz-progress-bar {
    background: var(--cm-accent);
  }
  @container (min-width: 48rem) {
    .top.both {
      grid-template-columns: minmax(0, 5fr) minmax(0, 3fr);
    }
    section {
      padding: 1.5rem;
    }
  }
`;
