// A file before and after: both waveforms over one time, one of them heard. Plays nothing by itself: it asks.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { hidden } from '../shared/hidden.styles.ts';
import { FILE_EXTRACTOR_TEXTS } from './file-extractor.texts.ts';
import type { FileExtractorTexts } from './file-extractor.texts.ts';
import { styles } from './file-player.styles.ts';
import { NOT_PLAYED } from './file-state.ts';
import type { Heard, PlayState, Waveforms } from './file-state.ts';
import { waveformPath, waveformScale } from './file-waveform.ts';

const HEARD: readonly Heard[] = ['before', 'after'];
const NO_WAVEFORMS: Waveforms = { before: new Float32Array(0), after: new Float32Array(0) };

/**
 * One transport for both.
 *
 * @fires play-request - play, or pause where it plays
 * @fires seek-request - detail: the position, seconds
 * @fires heard-request - detail: 'before' or 'after'
 */
export class FilePlayer extends LitElement {
  static override styles = [controls, hidden, styles];
  static override properties = {
    texts: { attribute: false },
    waveforms: { attribute: false },
    seconds: { type: Number },
    state: { attribute: false },
    name: { type: String },
  };

  declare texts: FileExtractorTexts;
  declare waveforms: Waveforms;
  /** Of the file. */
  declare seconds: number;
  declare state: PlayState;
  /** Of the file, for screen readers. */
  declare name: string;
  #paths: Readonly<Record<Heard, string>> = { before: '', after: '' };

  constructor() {
    super();
    this.texts = FILE_EXTRACTOR_TEXTS;
    this.waveforms = NO_WAVEFORMS;
    this.seconds = 0;
    this.state = NOT_PLAYED;
    this.name = '';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('waveforms')) return;
    const { before, after } = this.waveforms;
    const scale = waveformScale(before, after);
    this.#paths = { before: waveformPath(before, scale), after: waveformPath(after, scale) };
  }

  override render() {
    const { texts, seconds } = this;
    const { positionS, isPlaying } = this.state;
    return html`
      <div class="waves" @click=${this.#seekTo}>${HEARD.map((which) => this.#wave(which))}</div>
      <div class="transport">
        <button
          type="button"
          id="play"
          aria-label=${texts.actionOn(isPlaying ? texts.pause : texts.play, this.name)}
          @click=${() => this.dispatchEvent(new CustomEvent('play-request'))}
        >
          ${isPlaying ? texts.pause : texts.play}
        </button>
        <input
          type="range"
          min="0"
          max=${seconds}
          step="0.05"
          aria-label=${texts.position}
          aria-valuetext=${`${texts.time(positionS)} / ${texts.time(seconds)}`}
          .value=${String(positionS)}
          @input=${(event: Event) => this.#seek(Number((event.target as HTMLInputElement).value))}
          @keydown=${this.#step}
        />
        <span class="time" aria-hidden="true">${texts.time(positionS)} / ${texts.time(seconds)}</span>
        <fieldset>
          <legend class="hidden">${texts.heard}</legend>
          ${HEARD.map((which) => this.#choice(which))}
        </fieldset>
      </div>
    `;
  }

  #wave(which: Heard) {
    const { waveforms, seconds, texts, state } = this;
    const stretches = Math.max(1, waveforms[which].length);
    const share = seconds > 0 ? state.positionS / seconds : 0;
    return html`
      <div class=${which === state.heard ? 'wave heard' : 'wave'}>
        <span class="name" aria-hidden="true">${texts[which]}</span>
        <svg
          role="img"
          aria-label=${texts.waveform(texts[which])}
          viewBox="0 -1 ${stretches} 2"
          preserveAspectRatio="none"
        >
          <path d=${this.#paths[which]} />
        </svg>
        ${share > 0 ? html`<div class="head" .style=${`left: ${100 * share}%`}></div>` : nothing}
      </div>
    `;
  }

  #choice(which: Heard) {
    return html`<label>
      <input
        type="radio"
        name="heard"
        value=${which}
        .checked=${which === this.state.heard}
        @change=${() => this.dispatchEvent(new CustomEvent<Heard>('heard-request', { detail: which }))}
      />
      <span>${this.texts[which]}</span>
    </label>`;
  }

  #seek(positionS: number): void {
    const detail = Math.min(this.seconds, Math.max(0, positionS));
    this.dispatchEvent(new CustomEvent<number>('seek-request', { detail }));
  }

  readonly #seekTo = (event: MouseEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#seek((this.seconds * (event.clientX - left)) / width);
  };

  /** Arrows go by seconds, finer steps are the pointer's. */
  readonly #step = (event: KeyboardEvent) => {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    this.#seek(this.state.positionS + direction);
  };
}

define('file-player', FilePlayer);

declare global {
  interface HTMLElementTagNameMap {
    'file-player': FilePlayer;
  }
}
