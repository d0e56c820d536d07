import { css } from 'lit';
import { hidden } from '../../components/shared/hidden.styles.ts';
import { block, cards, columns, text } from '../shared/element.styles.ts';

const own = css`
  .all {
    gap: 1.25rem;
    container-type: inline-size;
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
`;

export const styles = [text, block, cards, columns, hidden, own];
