// A recording that was kept: what went in and what came out, to hear and to save.
import { LitElement, html, nothing } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './take-player.styles.ts';

export interface Take {
  readonly inputUrl: string;
  readonly outputUrl: string;
  readonly seconds: number;
  readonly rateHz: number;
  /** Delay that was taken off the output, so that both files align. */
  readonly latencySamples: number;
  /** Where in the files the run began; negative where it had begun before the recording did. */
  readonly runStart: number;
  /** Samples that the recording lacks because the page was too busy to take them. */
  readonly lostSamples: number;
}

export interface TakeTexts {
  readonly input: string;
  readonly output: string;
  readonly save: (name: string) => string;
  readonly aligned: (seconds: number, latencySamples: number) => string;
}

export const TAKE_TEXTS: TakeTexts = {
  input: 'What went in',
  output: 'What came out',
  save: (name) => `Save ${name}`,
  aligned: (seconds, latencySamples) =>
    `${seconds.toFixed(1)} s, aligned: ${latencySamples} samples of delay are taken off the output.`,
};

/** Players and links for the two files of a recording. */
export class TakePlayer extends LitElement {
  static override styles = [controls, styles];
  static override properties = { take: { attribute: false }, texts: { attribute: false } };

  declare take: Take | null;
  declare texts: TakeTexts;

  constructor() {
    super();
    this.take = null;
    this.texts = TAKE_TEXTS;
  }

  override render() {
    const { take, texts } = this;
    if (take === null) return nothing;
    return html`
      <p class="soft">${texts.aligned(take.seconds, take.latencySamples)}</p>
      <div class="files">
        ${this.#file(texts.input, take.inputUrl, 'crossmamba-input.wav')}
        ${this.#file(texts.output, take.outputUrl, 'crossmamba-output.wav')}
      </div>
    `;
  }

  #file(caption: string, url: string, name: string) {
    return html`
      <figure>
        <figcaption>
          <span>${caption}</span>
          <a href=${url} download=${name}>${this.texts.save(name)}</a>
        </figcaption>
        <audio controls preload="metadata" src=${url} aria-label=${caption}></audio>
      </figure>
    `;
  }
}

define('take-player', TakePlayer);

declare global {
  interface HTMLElementTagNameMap {
    'take-player': TakePlayer;
  }
}
