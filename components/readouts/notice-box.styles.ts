import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
  }
  .box {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.75rem;
    padding: 0.75rem 1rem;
    border-radius: var(--cm-radius, 8px);
    border-left: 4px solid var(--cm-warn, currentcolor);
    background: var(--cm-warn-paper, Canvas);
    overflow-wrap: anywhere;
  }
  .box.error {
    border-left-color: var(--cm-bad, red);
    background: var(--cm-bad-paper, Canvas);
  }
  p {
    flex: 1 1 16rem;
  }
  strong {
    color: var(--cm-warn, inherit);
  }
  .error strong {
    color: var(--cm-bad, inherit);
  }
`;
