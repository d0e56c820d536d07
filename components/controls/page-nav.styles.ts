import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    color: var(--cm-ink);
    font: 1rem/1.5 var(--cm-font);
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.25rem 1.5rem;
    max-width: 68rem;
    margin: 0 auto;
    padding: 0.75rem 1.25rem;
    box-sizing: border-box;
  }
  .name {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    font-weight: 700;
    letter-spacing: -0.01em;
    color: inherit;
    text-decoration: none;
  }
  .mark {
    width: 0.875rem;
    height: 0.875rem;
    border-radius: 50%;
    background: var(--cm-accent);
  }
  ul {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem;
    margin: 0 -0.75rem;
    padding: 0;
    list-style: none;
  }
  li a {
    display: block;
    padding: 0.375rem 0.75rem;
    border-radius: var(--cm-radius);
    color: var(--cm-soft);
    text-decoration: none;
  }
  a:hover {
    color: var(--cm-accent);
  }
  a[aria-current] {
    color: var(--cm-ink);
    font-weight: 600;
    background: var(--cm-track);
  }
  @media (forced-colors: active) {
    .name,
    li a,
    a[aria-current] {
      color: LinkText;
    }
  }
  :focus-visible {
    outline: 3px solid var(--cm-accent);
    outline-offset: 2px;
  }
`;
