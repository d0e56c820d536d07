import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.75rem;
  }
  .files {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
    gap: 1rem 1.5rem;
  }
  figure {
    display: grid;
    gap: 0.375rem;
    margin: 0;
  }
  figcaption {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0.25rem 1rem;
  }
  audio {
    width: 100%;
    height: 2.75rem;
  }
`;
