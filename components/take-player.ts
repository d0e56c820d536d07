// A recording that was kept: what went in and what came out, to hear and to save.
import { LitElement, html, nothing } from 'lit';
import type { Take } from './app-state.ts';
import { controls } from './controls.styles.ts';
import { styles } from './take-player.styles.ts';

/** Players and links for the two files of a recording. */
export class TakePlayer extends LitElement {
  static override styles = [controls, styles];
  static override properties = { take: { attribute: false } };

  declare take: Take | null;

  constructor() {
    super();
    this.take = null;
  }

  override render() {
    const { take } = this;
    if (take === null) return nothing;
    return html`
      <p class="soft">
        ${take.seconds.toFixed(1)} s, aligned: ${take.latencySamples} samples of delay are taken off the
        output.
      </p>
      <div class="files">
        ${file('What went in', take.inputUrl, 'crossmamba-input.wav')}
        ${file('What came out', take.outputUrl, 'crossmamba-output.wav')}
      </div>
    `;
  }
}

function file(caption: string, url: string, name: string) {
  return html`
    <figure>
      <figcaption>
        <span>${caption}</span>
        <a href=${url} download=${name}>Save ${name}</a>
      </figcaption>
      <audio controls preload="metadata" src=${url} aria-label=${caption}></audio>
    </figure>
  `;
}

customElements.define('take-player', TakePlayer);

declare global {
  interface HTMLElementTagNameMap {
    'take-player': TakePlayer;
  }
}
