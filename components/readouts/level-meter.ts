// A bar from −60 to 0 dBFS: level as length, the loudest sample as a tick.
import { LitElement, html, nothing } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './level-meter.styles.ts';
import { theme } from '../shared/theme.styles.ts';

const FLOOR_DB = -60;
const CLIPPED_DB = -0.1;

/** Share of the bar that a level fills, 0…1. */
export function levelShare(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 - levelDb / FLOOR_DB));
}

/** `−23 dB`, or a word where there is nothing to hear. */
export function levelText(levelDb: number, silent = 'silent'): string {
  return levelDb <= FLOOR_DB ? silent : `${levelDb.toFixed(0).replace('-', '−')} dB`;
}

/**
 * A level meter.
 *
 * @csspart track - the bar
 */
export class LevelMeter extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    label: { type: String },
    rmsDb: { type: Number, attribute: 'rms-db' },
    peakDb: { type: Number, attribute: 'peak-db' },
    silent: { type: String },
    clipped: { type: String },
  };

  declare label: string;
  /** Root mean square, dBFS; −∞ is silence. */
  declare rmsDb: number;
  /** Largest sample, dBFS; −∞ is silence. */
  declare peakDb: number;
  /** The words for a level with nothing to hear, and with samples at the limit. */
  declare silent: string;
  declare clipped: string;

  constructor() {
    super();
    this.label = 'Level';
    this.rmsDb = -Infinity;
    this.peakDb = -Infinity;
    this.silent = 'silent';
    this.clipped = 'clipped';
  }

  override render() {
    const isClipped = this.peakDb > CLIPPED_DB;
    const text = levelText(this.rmsDb, this.silent);
    const value = Math.round(Math.max(FLOOR_DB, Math.min(0, this.rmsDb)));
    return html`
      <span id="label">${this.label}</span>
      <div
        class="track"
        part="track"
        role="meter"
        aria-labelledby="label"
        aria-valuemin=${FLOOR_DB}
        aria-valuemax="0"
        aria-valuenow=${value}
        aria-valuetext=${isClipped ? `${text}, ${this.clipped}` : text}
      >
        <div
          class=${isClipped ? 'level clipped' : 'level'}
          .style=${`transform: scaleX(${levelShare(this.rmsDb)})`}
        ></div>
        ${
          this.peakDb > FLOOR_DB
            ? html`<div class="peak" .style=${`left: ${100 * levelShare(this.peakDb)}%`}></div>`
            : nothing
        }
      </div>
      <span class="value" aria-hidden="true">${isClipped ? this.clipped : text}</span>
    `;
  }
}

define('level-meter', LevelMeter);

declare global {
  interface HTMLElementTagNameMap {
    'level-meter': LevelMeter;
  }
}
