import { css } from 'lit';
import { stack, text } from '../shared/element.styles.ts';

const own = css`
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.75rem 1.5rem;
  }
  live-status {
    flex: 1 1 16rem;
  }
  .go {
    min-width: 8rem;
  }
  h3 {
    margin: 0;
    font-size: 1rem;
  }
  .sides {
    display: grid;
    gap: 1.25rem 1.5rem;
  }
  .side {
    display: grid;
    gap: 0.5rem;
    min-width: 0;
  }
  .caption {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 1rem;
    min-height: 1.75rem;
  }
  .speaks {
    padding: 0 0.625rem;
    border: 1px solid var(--cm-line);
    border-radius: 1rem;
    font-size: 0.875rem;
    color: var(--cm-soft);
  }
  .speaks.yes {
    border-color: var(--cm-accent);
    color: var(--cm-accent);
    font-weight: 600;
  }
  db-legend {
    justify-self: end;
    margin-top: -0.75rem;
  }
  .settings {
    display: grid;
    gap: 1rem 1.5rem;
  }
  .switches {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
    gap: 0 1.5rem;
  }
  .take {
    display: grid;
    gap: 0.5rem;
  }
  .figures {
    display: grid;
    align-items: start;
    gap: 1.25rem 1.5rem;
    padding-top: 1.25rem;
    border-top: 1px solid var(--cm-line);
  }
  @container (min-width: 34rem) {
    .sides,
    .settings {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .switches {
      grid-column: 1 / -1;
    }
    .figures {
      grid-template-columns: minmax(0, 2fr) minmax(0, 1fr);
    }
  }
`;

export const styles = [text, stack, own];
