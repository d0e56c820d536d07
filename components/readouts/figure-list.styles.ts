import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
    gap: 1rem 1.25rem;
    margin: 0;
  }
  dl > div {
    display: grid;
    align-content: start;
    min-width: 0;
  }
  dt {
    font-size: 0.875rem;
    color: var(--cm-soft, inherit);
  }
  dd {
    margin: 0;
    font-size: 1.125rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  dd.note {
    font-size: 0.875rem;
    font-weight: 400;
    color: var(--cm-soft, inherit);
    overflow-wrap: anywhere;
  }
  dd.worrying {
    color: var(--cm-bad, inherit);
  }
`;
