import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    min-height: 100vh;
    background: light-dark(#f6f5f1, #16181b);
    color: var(--cm-ink);
    font:
      1rem/1.5 system-ui,
      sans-serif;
  }
  main {
    display: grid;
    gap: 1.25rem;
    max-width: 62rem;
    margin: 0 auto;
    padding: 2rem 1.25rem 3rem;
  }
  h1 {
    margin: 0;
    font-size: clamp(1.625rem, 5vw, 2.25rem);
    line-height: 1.15;
    letter-spacing: -0.02em;
  }
  header p {
    max-width: 42rem;
    margin-top: 0.5rem;
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
  .columns {
    display: grid;
    gap: 1.25rem;
  }
  progress {
    width: 100%;
    height: 0.5rem;
    accent-color: var(--cm-accent);
  }
  .stack {
    display: grid;
    align-content: start;
    gap: 1.25rem;
    min-width: 0;
  }
  @media (min-width: 52rem) {
    .columns {
      grid-template-columns: 5fr 7fr;
    }
  }
`;
