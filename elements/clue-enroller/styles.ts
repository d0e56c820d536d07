import { css } from 'lit';
import { hidden } from '../../components/shared/hidden.styles.ts';
import { block, text } from '../shared/element.styles.ts';

const own = css`
  .all {
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

export const styles = [text, block, hidden, own];
