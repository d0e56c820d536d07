// Where files are chosen or dropped.
import { LitElement, html } from 'lit';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { FILE_EXTRACTOR_TEXTS } from './file-extractor.texts.ts';
import type { FileExtractorTexts } from './file-extractor.texts.ts';
import { styles } from './file-drop-zone.styles.ts';

/**
 * A button that asks for files, in an area that shows where to drop them.
 *
 * @fires files-request - detail: the files that were chosen, never none
 * @slot - other ways to a file
 */
export class FileDropZone extends LitElement {
  static override styles = [controls, styles];
  static override properties = { texts: { attribute: false }, over: { type: Boolean } };

  declare texts: FileExtractorTexts;
  /** A file is held over it. */
  declare over: boolean;

  constructor() {
    super();
    this.texts = FILE_EXTRACTOR_TEXTS;
    this.over = false;
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('button')?.focus(options);
  }

  override render() {
    const { texts, over } = this;
    return html`
      <div class=${over ? 'zone over' : 'zone'}>
        <div class="row">
          <button type="button" class="primary" id="choose" @click=${this.#choose}>${texts.choose}</button>
          <input
            type="file"
            multiple
            accept="audio/*,.wav,.flac,.mp3,.m4a,.ogg,.opus,.json"
            tabindex="-1"
            aria-hidden="true"
            @change=${this.#chosen}
          />
          <slot></slot>
        </div>
        <p class="soft">${over ? texts.dropHere : texts.hint}</p>
      </div>
    `;
  }

  readonly #choose = () => this.renderRoot.querySelector('input')!.click();

  readonly #chosen = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // So that the same file can be chosen again.
    input.value = '';
    if (files.length > 0) this.dispatchEvent(new CustomEvent<File[]>('files-request', { detail: files }));
  };
}

define('file-drop-zone', FileDropZone);

declare global {
  interface HTMLElementTagNameMap {
    'file-drop-zone': FileDropZone;
  }
}
