// One file of the queue: what it is, how far it is, and, when it is done, how it was and how it is.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { FILE_EXTRACTOR_TEXTS } from './file-extractor.texts.ts';
import type { FileExtractorTexts } from './file-extractor.texts.ts';
import { styles } from './file-item.styles.ts';
import './file-player.ts';
import { NOT_PLAYED } from './file-state.ts';
import type { FileState, PlayState } from './file-state.ts';
import '../readouts/notice-box.ts';

/**
 * A file. The events of its player pass through.
 *
 * @fires cancel-request - stop, or do not begin
 * @fires retry-request - from the start again
 * @fires remove-request - forget it and what came of it
 */
export class FileItem extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    texts: { attribute: false },
    file: { attribute: false },
    play: { attribute: false },
    waits: { type: String },
  };

  declare texts: FileExtractorTexts;
  declare file: FileState | null;
  declare play: PlayState;
  /** What it waits for, in words. */
  declare waits: string;
  #focused: Element | null = null;

  constructor() {
    super();
    this.texts = FILE_EXTRACTOR_TEXTS;
    this.file = null;
    this.play = NOT_PLAYED;
    this.waits = '';
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('h3')?.focus(options);
  }

  protected override willUpdate(): void {
    this.#focused = this.shadowRoot?.activeElement ?? null;
  }

  /** Other actions take the place of those that were there: the keyboard stays with the file. */
  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('file') && this.#focused?.isConnected === false) this.focus();
  }

  override render() {
    const { file } = this;
    if (file === null) return nothing;
    return html`
      <div class="head">
        <div>
          <h3 tabindex="-1">${file.name}</h3>
          <p class="soft">${this.#about(file)}</p>
        </div>
        <div class="row">${this.#actions(file)}</div>
      </div>
      ${this.#body(file)}
    `;
  }

  #about({ facts, voice, phase, speed }: FileState): string {
    const { texts } = this;
    const pieces = facts === null ? [] : [texts.facts(facts)];
    if (facts !== null && facts.channels > 1) pieces.push(texts.mixedDown(facts.channels));
    if (voice !== null) pieces.push(texts.voice(voice));
    if (phase === 'done') pieces.push(texts.done(speed));
    if (phase === 'waiting') pieces.push(this.waits || texts.waiting);
    if (phase === 'cancelled') pieces.push(texts.cancelled);
    if (phase === 'reading') pieces.push(texts.reading);
    return pieces.join(' · ');
  }

  #actions({ phase, name, result }: FileState) {
    const { texts } = this;
    const ask = (action: 'cancel' | 'retry' | 'remove', isMain = false) => html`
      <button
        type="button"
        class=${isMain ? 'primary' : nothing}
        id=${action}
        aria-label=${texts.actionOn(texts[action], name)}
        @click=${() => this.dispatchEvent(new CustomEvent(`${action}-request`))}
      >
        ${texts[action]}
      </button>
    `;
    switch (phase) {
      case 'waiting':
        return ask('remove');
      case 'reading':
      case 'extracting':
        return ask('cancel');
      case 'done':
        return html`
          <a
            class="button"
            id="save"
            href=${result!.url}
            download=${result!.saveName}
            aria-label=${texts.actionOn(texts.save, result!.saveName)}
            >${texts.save}</a
          >
          ${ask('remove')}
        `;
      default:
        return html`${ask('retry')} ${ask('remove')}`;
    }
  }

  #body({ phase, share, speed, name, error, result, facts }: FileState) {
    const { texts } = this;
    if (phase === 'extracting')
      return html`
        <div class="progress">
          <progress max="1" value=${share} aria-label=${texts.progressOf(name)}></progress>
          <span>${texts.progress(share, speed)}</span>
        </div>
      `;
    if (phase === 'failed')
      return html`<notice-box kind="error" heading=${texts.failed} text=${error ?? ''}></notice-box>`;
    if (phase !== 'done' || result === null) return nothing;
    const pass = ({ type, detail }: Event & { detail?: unknown }) =>
      this.dispatchEvent(new CustomEvent(type, { detail }));
    return html`
      <file-player
        .texts=${texts}
        .waveforms=${result.waveforms}
        .seconds=${facts?.seconds ?? 0}
        .state=${this.play}
        .name=${name}
        @play-request=${pass}
        @seek-request=${pass}
        @heard-request=${pass}
      ></file-player>
    `;
  }
}

define('file-item', FileItem);

declare global {
  interface HTMLElementTagNameMap {
    'file-item': FileItem;
  }
}
