// The public element that extracts a voice from files: whose voice, which files, how far, before and after, and the result to save.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import '../../components/files/file-drop-zone.ts';
import { FILE_EXTRACTOR_TEXTS } from '../../components/files/file-extractor.texts.ts';
import type { FileExtractorTexts } from '../../components/files/file-extractor.texts.ts';
import type { FileItem } from '../../components/files/file-item.ts';
import { NOT_PLAYED } from '../../components/files/file-state.ts';
import type { FileState, Heard } from '../../components/files/file-state.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import '../clue-enroller/clue-enroller.ts';
import type { ClueEnroller } from '../clue-enroller/clue-enroller.ts';
import { Demonstration } from '../shared/demonstration.ts';
import type { Listen } from '../shared/events.ts';
import { FileDrop } from '../shared/file-drop.ts';
import type { Cut } from './extraction.ts';
import { styles } from './styles.ts';
import { demoButton, demoFailure, fileList } from './view.ts';
import type { FileListHost } from './view.ts';
import { FilePlayback } from './playback.ts';
import { FileQueue } from './queue.ts';
import type { QueueHost, Voice } from './queue.ts';
import type { FileResult } from './result.ts';
import { sentence } from '../shared/sentence.ts';

/** What <file-extractor> fires, by name. */
export interface FileExtractorEvents {
  'clue-change': CustomEvent<{ clue: StoredClue | null }>;
  'file-done': CustomEvent<{ name: string; estimate: Blob }>;
}

/**
 * Extracts one voice from sound files, faster than they play: choose a voice (a <clue-enroller>), choose or drop files, hear before and
 * after at the same position, save the result as a WAV of the same rate and length. One file after the other; each can be cancelled.
 *
 * @attr {string} store - name of the database that keeps the voices ('crossmamba')
 * @attr {boolean} keep-recordings - keep the recordings beside the voices: when the model changes, they are enrolled again from them
 * @attr {string} demo - address of a folder with `mixture.wav` and `enrollment.wav`; without it there is no demonstration
 * @fires {CustomEvent<{clue: StoredClue | null}>} clue-change - another voice is chosen
 * @fires {CustomEvent<{name: string, estimate: Blob}>} file-done - a file is extracted; `estimate` is a WAV
 * @csspart voice - the choice of the voice
 * @csspart files - the choice of the files, and the files
 * @csspart file - one of them
 * @cssprop --crossmamba-accent - main buttons, progress, what is heard
 * @cssprop --crossmamba-on-accent - text on the accent colour
 * @cssprop --crossmamba-text - text
 * @cssprop --crossmamba-surface - background
 * @cssprop --crossmamba-border - lines
 * @cssprop --crossmamba-radius - corners
 * @cssprop --crossmamba-font - font family
 */
export class FileExtractor extends LitElement implements QueueHost {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    texts: { attribute: false },
    store: { type: String },
    keepRecordings: { type: Boolean, attribute: 'keep-recordings' },
    demo: { type: String },
    demoError: { state: true },
    message: { state: true },
  };

  /** What extracts; null while there is none yet: files wait for it. Not while it runs live. */
  declare extractor: Extractor | null;
  /** Texts that replace the English ones. */
  declare texts: Partial<FileExtractorTexts>;
  declare store: string;
  declare keepRecordings: boolean;
  declare demo: string | null;
  declare addEventListener: Listen<FileExtractor, FileExtractorEvents>;
  declare removeEventListener: Listen<FileExtractor, FileExtractorEvents>;
  declare private demoError: string | null;
  declare private message: string;

  /** How long files are cut; for tests. @internal */
  cut: Cut | undefined;
  /** The voice that is chosen. */
  voice: Voice | null = null;
  readonly #queue = new FileQueue(this);
  readonly #drop = new FileDrop(
    this,
    (event) => (event.defaultPrevented || isForVoices(event) ? 'hold' : 'take'),
    (files) => this.takeFiles(files),
  );
  #playback: { readonly id: number; readonly player: FilePlayback } | null = null;
  #heard: Heard = 'after';

  constructor() {
    super();
    this.extractor = null;
    this.texts = {};
    this.store = 'crossmamba';
    this.keepRecordings = false;
    this.demo = null;
    this.demoError = null;
    this.message = '';
  }

  /** All files and how far they are, in their order. */
  get files(): readonly FileState[] {
    return this.#queue.states;
  }

  /** Adds files to the queue; exported voices among them go to the choice of voices. */
  takeFiles(files: readonly File[]): void {
    for (const file of files)
      if (/\.json$/i.test(file.name)) void this.#enroller.takeFile(file);
      else this.#queue.add(file);
  }

  /** Extracts the demonstration's mixture, with its own voice. */
  async takeDemo(): Promise<void> {
    const { extractor } = this;
    this.demoError = null;
    if (extractor === null || !this.demo) return;
    try {
      const name = this.#texts.demoVoice;
      const demonstration = new Demonstration(this.demo, name);
      const voice = { name, ...(await demonstration.clue(extractor)) };
      this.#queue.add(new File([await demonstration.mixture()], 'demonstration.wav'), voice);
    } catch (error) {
      this.demoError = sentence(error);
    }
  }

  /** Stops the one that is extracted, or takes a waiting one out of the queue. */
  cancel(id: number): void {
    this.#queue.cancel(id);
  }

  /** For the queue. @internal */
  onQueueChange(): void {
    this.requestUpdate();
  }

  /** For the queue. @internal */
  onDone({ name }: FileState, { estimate }: FileResult): void {
    this.message = this.#texts.doneMessage(name);
    this.dispatchEvent(new CustomEvent('file-done', { detail: { name, estimate } }));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who moves the element puts it back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#stopPlaying();
      this.#queue.clear();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('extractor')) this.#queue.restart();
  }

  override render() {
    const texts = this.#texts;
    const isBusy = this.#queue.isBusy;
    return html`
      <div class="all">
        <section part="voice" aria-labelledby="whose">
          <h2 id="whose">${texts.voiceHeading}</h2>
          <clue-enroller
            .extractor=${this.extractor}
            .texts=${texts.enroller}
            .store=${this.store}
            .keepRecordings=${this.keepRecordings}
            ?disabled=${isBusy}
            @clue-change=${this.#takeClue}
          ></clue-enroller>
          ${isBusy ? html`<p class="soft small">${texts.voiceIsBusy}</p>` : nothing}
        </section>
        <section part="files" aria-labelledby="which">
          <h2 id="which">${texts.filesHeading}</h2>
          <file-drop-zone
            .texts=${texts}
            ?over=${this.#drop.isOver}
            @files-request=${({ detail }: CustomEvent<File[]>) => this.takeFiles(detail)}
          >
            ${this.demo ? demoButton(texts, this.extractor === null, () => this.takeDemo()) : nothing}
          </file-drop-zone>
          ${demoFailure(texts, this.demoError)} ${fileList(texts, this.files, this.#waits(texts), this.#list)}
          <p class="hidden" role="status">${this.message}</p>
        </section>
      </div>
    `;
  }

  get #texts(): FileExtractorTexts {
    return { ...FILE_EXTRACTOR_TEXTS, ...this.texts };
  }

  get #enroller(): ClueEnroller {
    return this.renderRoot.querySelector('clue-enroller')!;
  }

  /** Why nothing begins; empty where something does. */
  #waits(texts: FileExtractorTexts): string {
    if (this.extractor === null) return texts.waitsForModel;
    return this.voice === null ? texts.waitsForVoice : '';
  }

  /** What the list asks for. */
  readonly #list: FileListHost = {
    playState: (id) => this.#playState(id),
    cancel: (id) => this.#queue.cancel(id),
    retry: (id) => this.#queue.retry(id),
    remove: (id) => this.#remove(id),
    play: (id) => this.#player(id)?.toggle(),
    seek: (id, positionS) => this.#player(id)?.seek(positionS),
    hear: (heard) => this.#hear(heard),
  };

  #playState(id: number) {
    return this.#playback?.id === id ? this.#playback.player.state : { ...NOT_PLAYED, heard: this.#heard };
  }

  /** One plays at a time: the one before ends. Null where there is nothing to hear. */
  #player(id: number): FilePlayback | null {
    if (this.#playback?.id === id) return this.#playback.player;
    const result = this.#queue.result(id);
    if (result === null) return null;
    this.#stopPlaying();
    const player = new FilePlayback(result.both, this.#heard, () => this.requestUpdate());
    this.#playback = { id, player };
    return player;
  }

  #hear(heard: Heard): void {
    this.#heard = heard;
    this.#playback?.player.hear(heard);
    this.requestUpdate();
  }

  #stopPlaying(): void {
    this.#playback?.player.release();
    this.#playback = null;
  }

  /** The keyboard goes to the file that follows, or to the choice of files. */
  async #remove(id: number): Promise<void> {
    const index = this.files.findIndex((file) => file.id === id);
    if (this.#playback?.id === id) this.#stopPlaying();
    this.#queue.remove(id);
    await this.updateComplete;
    const next = this.files[Math.min(index, this.files.length - 1)];
    const item = this.renderRoot.querySelector<FileItem>(`file-item[data-id="${next?.id}"]`);
    const zone = this.renderRoot.querySelector('file-drop-zone');
    if (item === null) zone?.focus();
    else item.focus();
  }

  readonly #takeClue = ({ detail: { clue } }: CustomEvent<{ clue: StoredClue | null }>) => {
    const hadOne = this.voice;
    this.voice = clue;
    // A voice that was only renamed is the same.
    if (hadOne?.embedding !== this.voice?.embedding) this.#queue.restart();
  };
}

/** Over the choice of voices it is a recording of a voice, also while none is taken. */
function isForVoices(event: DragEvent): boolean {
  return event
    .composedPath()
    .some((target) => target instanceof Element && target.localName === 'clue-enroller');
}

define('file-extractor', FileExtractor);

declare global {
  interface HTMLElementTagNameMap {
    'file-extractor': FileExtractor;
  }
}
