import { css } from 'lit';

export const styles = css`
  :host {
    container-type: inline-size;
    display: grid;
    gap: 0.625rem;
  }
  .heading {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .soft {
    font-size: 0.875rem;
  }
  @container (max-width: 26rem) {
    .row {
      gap: 0.5rem;
    }
    button {
      flex: 1 1 auto;
    }
    button.primary {
      flex-basis: 100%;
    }
  }
  input[type='file'] {
    display: none;
  }
`;
