import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 1rem;
  }
  [role='status'] {
    flex: 1 1 14rem;
  }
  .meters {
    display: grid;
    gap: 0.5rem;
  }
  .switches {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr));
    gap: 0 1.5rem;
  }
  .go {
    min-width: 9rem;
  }
  .stop {
    background: var(--cm-ink, ButtonFace);
    border-color: var(--cm-ink, ButtonFace);
    color: var(--cm-card, ButtonText);
  }
`;
