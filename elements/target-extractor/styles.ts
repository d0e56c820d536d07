import { css } from 'lit';
import { cards, columns, text } from '../shared/element.styles.ts';

const own = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  .all {
    display: grid;
    gap: 1.25rem;
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
  @media (forced-colors: active) {
    progress {
      outline: 1px solid;
    }
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
  }
`;

export const styles = [text, cards, columns, own];
