import { css } from 'lit';
import { cards, stack, text } from '../shared/element.styles.ts';

const own = css`
  section {
    display: grid;
    align-content: start;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: space-between;
    gap: 0.75rem 1.5rem;
  }
  .head > div {
    flex: 1 1 16rem;
  }
  .head p {
    max-width: 40rem;
    margin-top: 0.25rem;
    font-size: 0.9375rem;
    color: var(--cm-soft);
  }
  .actions {
    display: flex;
    gap: 0.625rem;
  }
  .charts,
  .tests {
    display: grid;
    gap: 1.25rem;
    min-width: 0;
  }
  .tests {
    align-items: start;
  }
  .result {
    font-size: 1.25rem;
    font-weight: 600;
    line-height: 1.35;
    font-variant-numeric: tabular-nums;
  }
  .note {
    font-size: 0.875rem;
    color: var(--cm-soft);
  }
  ul.findings {
    display: grid;
    gap: 0.625rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .findings li {
    padding-inline-start: 0.875rem;
    border-inline-start: 4px solid var(--tone);
    max-width: 46rem;
  }
  .findings .good {
    --tone: var(--cm-accent);
  }
  .findings .note {
    --tone: var(--cm-soft);
    font-size: inherit;
    color: inherit;
  }
  .findings .bad {
    --tone: var(--cm-bad);
  }
  progress {
    width: 100%;
    accent-color: var(--cm-accent);
  }
  @container (min-width: 46rem) {
    .charts,
    .tests {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
  }
`;

export const styles = [text, stack, cards, own];
