// What the colours of a spectrogram mean, in decibels.
import { LitElement, css, html, unsafeCSS } from 'lit';
import { colourGradient } from './colour-map.ts';
import { define } from '../shared/define.ts';
import { CEILING_DB, FLOOR_DB } from './spectrogram-scale.ts';

/** A strip of the spectrogram's colours between its two levels. */
export class DbLegend extends LitElement {
  static override styles = css`
    :host {
      display: flex;
      align-items: center;
      gap: 0.5rem;
      font-size: 0.75rem;
      color: var(--cm-soft, inherit);
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
    .strip {
      width: 5rem;
      height: 0.5rem;
      border-radius: 0.25rem;
      background: ${unsafeCSS(colourGradient('to right'))};
      outline: 1px solid var(--cm-line, transparent);
      forced-color-adjust: none;
    }
  `;

  override render() {
    return html`<span>−${-FLOOR_DB}</span><span class="strip"></span><span>−${-CEILING_DB} dB</span>`;
  }
}

define('db-legend', DbLegend);

declare global {
  interface HTMLElementTagNameMap {
    'db-legend': DbLegend;
  }
}
