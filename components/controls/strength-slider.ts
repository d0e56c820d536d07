// How much of the others is taken away: a slider in decibels, from nothing to all of it.
import { LitElement, html } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './strength-slider.styles.ts';

/** The last step before "all of it". */
export const MOST_DB = 30;

/** 0, 1, … MOST_DB, then Infinity: the limit of one position of the slider. */
export function limitAt(position: number): number {
  return position > MOST_DB ? Infinity : position;
}

export function positionOf(limitDb: number): number {
  return limitDb > MOST_DB + 0.5 ? MOST_DB + 1 : Math.max(0, Math.round(limitDb));
}

/**
 * A slider. Arrow keys: 1 dB; Page Up and Page Down: more; Home: nothing is taken away; End: all of it.
 *
 * @fires limit-request - detail: attenuation limit in dB, 0 … Infinity
 */
export class StrengthSlider extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    label: { type: String },
    limitDb: { type: Number, attribute: 'limit-db' },
    valueText: { attribute: false },
    disabled: { type: Boolean },
  };

  declare label: string;
  /** Attenuation limit; Infinity takes all of the others away. */
  declare limitDb: number;
  /** The limit in words, beside the slider and for screen readers. */
  declare valueText: (limitDb: number) => string;
  declare disabled: boolean;

  constructor() {
    super();
    this.label = 'Strength';
    this.limitDb = Infinity;
    this.valueText = (limitDb) => `${limitDb} dB`;
    this.disabled = false;
  }

  override render() {
    const position = positionOf(this.limitDb);
    const text = this.valueText(limitAt(position));
    return html`
      <div class="line">
        <label for="slider">${this.label}</label>
        <output for="slider">${text}</output>
      </div>
      <input
        id="slider"
        type="range"
        min="0"
        max=${MOST_DB + 1}
        step="1"
        .value=${String(position)}
        aria-valuetext=${text}
        .style=${`--share: ${position / (MOST_DB + 1)}`}
        ?disabled=${this.disabled}
        @input=${this.#ask}
      />
    `;
  }

  readonly #ask = (event: Event) => {
    const limitDb = limitAt(Number((event.target as HTMLInputElement).value));
    this.dispatchEvent(new CustomEvent<number>('limit-request', { detail: limitDb }));
  };
}

define('strength-slider', StrengthSlider);

declare global {
  interface HTMLElementTagNameMap {
    'strength-slider': StrengthSlider;
  }
}
