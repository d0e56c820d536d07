import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 0.625rem;
  }
  .soft {
    font-size: 0.875rem;
  }
  input[type='file'] {
    display: none;
  }
`;
