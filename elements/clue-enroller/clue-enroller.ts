// The public element with which voices are enrolled, kept and chosen.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { CLUE_ENROLLER_TEXTS } from '../../components/enroll/clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from '../../components/enroll/clue-enroller.texts.ts';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import { clueFileName, exportClue, importClue } from '../../src/clue-file.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import { ENOUGH_VOICED_S } from '../../src/shared/enrollment.ts';
import { ClueMismatchError } from '../../src/shared/errors.ts';
import { EnrollFlow, IDLE } from './flow.ts';
import type { EnrollHost, EnrollState } from './flow.ts';
import { styles } from './styles.ts';
import { Voices } from './voices.ts';
import { errorBox, listed, memoryBox, misfit, noticeBox, panel } from './parts.ts';
import type { Notice } from './parts.ts';
import { download } from '../shared/download.ts';
import { FileDrop } from '../shared/file-drop.ts';
import { sentence } from '../shared/sentence.ts';

/**
 * Enrolls voices, keeps them (in IndexedDB), and has one of them followed: records from the microphone with guidance, or takes a file;
 * lets listen, redo, name, save; lists people to choose from, to rename, delete, export and import.
 *
 * @attr {string} store - name of the database that keeps the voices ('crossmamba')
 * @attr {number} enough-seconds - seconds of voice after which a recording ends (6)
 * @attr {boolean} keep-recordings - keep the recording beside the clue: when the model changes, the voice is enrolled again from it
 * @attr {boolean} disabled - nothing can be done
 * @fires {CustomEvent<{clue: StoredClue | null}>} clue-change - another voice, or none, is followed from now on
 * @csspart voices - the list of people
 * @csspart voice - one of them
 * @csspart ways - the buttons that record, take a file, import
 * @csspart recording - what is shown while recording
 * @csspart review - what is shown of a recording before it is saved
 * @cssprop --crossmamba-accent - main buttons, progress, what is chosen
 * @cssprop --crossmamba-text - text
 * @cssprop --crossmamba-surface - background
 * @cssprop --crossmamba-border - lines
 * @cssprop --crossmamba-radius - corners
 * @cssprop --crossmamba-font - font family
 */
export class ClueEnroller extends LitElement implements EnrollHost {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    texts: { attribute: false },
    store: { type: String },
    enoughSeconds: { type: Number, attribute: 'enough-seconds' },
    keepRecordings: { type: Boolean, attribute: 'keep-recordings' },
    deviceId: { attribute: false },
    disabled: { type: Boolean },
    state: { state: true },
    failure: { state: true },
    notice: { state: true },
    message: { state: true },
  };

  /** What makes clues and follows them; null while there is none yet: one can record all the same. */
  declare extractor: Extractor | null;
  /** Texts that replace the English ones. */
  declare texts: Partial<ClueEnrollerTexts>;
  declare store: string;
  declare enoughSeconds: number;
  declare keepRecordings: boolean;
  /** The microphone to record with; undefined: the system's default. */
  declare deviceId: string | undefined;
  declare disabled: boolean;
  /** How far an enrollment is. Read only. */
  declare state: EnrollState;
  /** What went wrong with the voices that are kept. */
  declare private failure: string | null;
  declare private notice: Notice | null;
  declare private message: string;

  #voices: Voices | null = null;
  readonly #flow = new EnrollFlow(this);
  readonly #drop = new FileDrop(
    this,
    () => (!this.disabled && this.state.phase === 'idle' ? 'take' : 'leave'),
    ([file]) => this.takeFile(file),
  );
  /** What is done with the voices, one after the other. */
  #last: Promise<void> = Promise.resolve();
  #isNew = false;
  #hadFocus = false;

  constructor() {
    super();
    this.extractor = null;
    this.texts = {};
    this.store = 'crossmamba';
    this.enoughSeconds = ENOUGH_VOICED_S;
    this.keepRecordings = false;
    this.deviceId = undefined;
    this.disabled = false;
    this.state = IDLE;
    this.failure = null;
    this.notice = null;
    this.message = '';
  }

  /** The voice that is followed; null where none was chosen. */
  get clue(): StoredClue | null {
    return this.#voices?.chosen ?? null;
  }

  /** All that are kept, the oldest first. */
  get clues(): readonly StoredClue[] {
    return this.#voices?.clues ?? [];
  }

  /** For the flow. */
  get nextName(): string {
    return this.#texts.defaultName(this.clues.length + 1);
  }

  /** Records from the microphone until there is enough, or `finish`. Call it from a user's gesture. */
  record(): Promise<void> {
    return this.#flow.record();
  }

  /** Ends the recording and looks at what there is. */
  finish(): Promise<void> {
    return this.#flow.finish();
  }

  /** What is recorded or taken from a file next is another take of this voice, until it is saved or cancelled; its clue becomes the mean of all takes. */
  addTake(id: string): Promise<void> {
    return this.#guarded((voices) => this.#flow.cancel(voices.get(id).id));
  }

  /** Takes the newest of several recordings of this voice back; the voice is followed without it, if it was. */
  removeTake(id: string): Promise<void> {
    return this.#guarded(async (voices) => {
      await voices.removeTake(id);
      await this.#flow.cancel();
      this.message = this.#texts.takeRemoved(voices.get(id).name);
      if (this.clue?.id === id && this.extractor !== null) await this.#follow(id, this.extractor);
    });
  }

  /** Forgets what is recorded or not saved yet, and whom it was to be added to. */
  cancel(): Promise<void> {
    return this.#flow.cancel();
  }

  /** Takes a recording, or a voice that was exported. */
  takeFile(file: File): Promise<void> {
    const isClue = /\.json$/i.test(file.name) || file.type === 'application/json';
    return isClue ? this.#import(file) : this.#flow.takeFile(file);
  }

  /** Keeps the recording that is being reviewed, and follows it. `name`: of a new voice; one that a take is added to has its own. */
  save(name: string): Promise<void> {
    return this.#guarded(async (voices) => {
      const { checked, addsTo } = this.state;
      if (checked === null) return;
      const { embedding, clueEncoder, model, report, samples, rateHz } = checked;
      const recording = this.keepRecordings ? { samples, rateHz } : undefined;
      const take = { embedding, clueEncoder, report, recording };
      const stored =
        addsTo === null ? await voices.add({ name, model, ...take }) : await voices.addTake(addsTo, take);
      await this.#flow.cancel();
      this.message = addsTo === null ? this.#texts.saved(stored.name) : this.#texts.added(stored.name);
      if (this.extractor !== null) await this.#follow(stored.id, this.extractor);
    });
  }

  /**
   * Follows another of the voices that are kept; one of an earlier version of the model is enrolled again, where its recording was kept.
   * What does not fit is told, and the one before stays. Nothing happens before there is an extractor.
   */
  choose(id: string): Promise<void> {
    return this.#guarded(async () => {
      if (this.extractor !== null) await this.#follow(id, this.extractor);
    });
  }

  /** What can be done next has the keyboard. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('.next')?.focus(options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#isNew = true;
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who moves the element puts it back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      void this.cancel();
      this.#close();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus ||= this.shadowRoot !== null && this.shadowRoot.activeElement !== null;
    // Who is taken away may lose the extractor later: the voices are closed by then, and stay so.
    if (!this.isConnected || (!this.#isNew && !changed.has('extractor'))) return;
    this.#isNew = false;
    void this.#resume();
  }

  /** What is shown changes with the phase; who is here with the keyboard stays, unless the focus has gone elsewhere. */
  protected override async updated(changed: PropertyValues<this>): Promise<void> {
    const before = changed.get('state');
    if (before === undefined || !this.#hadFocus) return;
    if (before.phase === this.state.phase && before.addsTo === this.state.addsTo) return;
    const next = this.renderRoot.querySelector<LitElement>('.next');
    if (next === null) return;
    await next.updateComplete;
    this.#hadFocus = false;
    if (document.activeElement === document.body || this.shadowRoot!.activeElement !== null) next.focus();
  }

  override render() {
    const texts = this.#texts;
    return html`
      <div class=${this.#drop.isOver ? 'all over' : 'all'}>
        ${this.#list()} ${errorBox(texts.notEnrolled, this.state.error)}
        ${errorBox(texts.failed, this.failure)} ${noticeBox(this.notice)} ${panel(this, texts)}
        ${this.clues.length === 0 ? nothing : memoryBox(texts, this.#opened.memoryOnlyBecause)}
        <p class="hidden" role="status">${this.message}</p>
      </div>
    `;
  }

  get #texts(): ClueEnrollerTexts {
    return { ...CLUE_ENROLLER_TEXTS, ...this.texts };
  }

  #close(): void {
    void this.#voices?.close();
    this.#voices = null;
  }

  get #opened(): Voices {
    return (this.#voices ??= new Voices(this.store, () => this.requestUpdate()));
  }

  #list() {
    const texts = this.#texts;
    const clues = this.clues.map((clue) => listed(texts, clue, this.extractor?.report, this.#opened));
    return html`
      <enroll-list
        part="voices"
        exportparts="voice"
        ?hidden=${clues.length === 0}
        .texts=${texts}
        .clues=${clues}
        .chosen=${this.clue?.id ?? null}
        ?disabled=${this.disabled || this.extractor === null}
        @choose-request=${(event: CustomEvent<string>) => this.choose(event.detail)}
        @take-request=${(event: CustomEvent<string>) => this.addTake(event.detail)}
        @rename-request=${this.#rename}
        @delete-request=${this.#delete}
        @export-request=${this.#export}
      ></enroll-list>
    `;
  }

  /** With another extractor, or the first one: follows what was followed, and goes on with what waited. */
  async #resume(): Promise<void> {
    const { extractor } = this;
    await this.#guarded(async (voices) => {
      await voices.refresh();
      if (extractor === null) return;
      const { chosen: before, wanted } = voices;
      voices.chosen = null;
      try {
        if (wanted !== undefined) await this.#choose(wanted.id, extractor);
      } finally {
        const now = this.clue;
        if (now?.id !== before?.id || now?.clueEncoder !== before?.clueEncoder) this.#tellChoice();
      }
    });
    if (extractor !== null) await this.#flow.resume();
  }

  async #follow(id: string, extractor: Extractor): Promise<void> {
    if (await this.#choose(id, extractor)) this.#tellChoice();
  }

  /** Resolves to whether it is followed; where it does not fit, that is told. */
  async #choose(id: string, extractor: Extractor): Promise<boolean> {
    const texts = this.#texts;
    const clue = this.#opened.get(id);
    try {
      const isRenewed = await this.#opened.choose(id, extractor);
      if (isRenewed) this.notice = { heading: texts.renewed(clue.name), text: texts.renewedBecause };
      return true;
    } catch (error) {
      if (!(error instanceof ClueMismatchError)) throw error;
      this.notice = { heading: texts.notFollowed(clue.name), text: misfit(texts, clue, extractor.report) };
      return false;
    }
  }

  async #import(file: File): Promise<void> {
    await this.#guarded(async (voices) => {
      const { id, name } = await voices.add(await importClue(file));
      const { extractor } = this;
      if (extractor === null || (await this.#choose(id, extractor))) this.message = this.#texts.saved(name);
      if (this.clue?.id === id) this.#tellChoice();
    });
  }

  /** Does something with the voices that are kept; what goes wrong is shown. */
  #guarded(task: (voices: Voices) => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      this.failure = null;
      this.notice = null;
      try {
        await task(this.#opened);
      } catch (error) {
        this.failure = sentence(error);
      }
      if (!this.isConnected) this.#close();
      this.requestUpdate();
    });
    return this.#last;
  }

  readonly #rename = ({ detail: { id, name } }: CustomEvent<{ id: string; name: string }>) =>
    this.#guarded(async (voices) => {
      await voices.rename(id, name);
      this.message = this.#texts.renamed(name);
      if (this.clue?.id === id) this.#tellChoice();
    });

  readonly #delete = ({ detail: id }: CustomEvent<string>) =>
    this.#guarded(async (voices) => {
      const { name } = voices.get(id);
      const wasChosen = this.clue?.id === id;
      if (this.state.addsTo === id) await this.cancel();
      await voices.delete(id);
      this.message = this.#texts.deleted(name);
      if (wasChosen) this.#tellChoice();
      this.requestUpdate();
      await this.updateComplete;
      if (this.clues.length > 0) this.renderRoot.querySelector<HTMLElement>('enroll-list')?.focus();
      else this.focus();
    });

  readonly #export = ({ detail: id }: CustomEvent<string>) => {
    const clue = this.#opened.get(id);
    download(exportClue(clue), clueFileName(clue));
  };

  #tellChoice(): void {
    this.requestUpdate();
    this.dispatchEvent(
      new CustomEvent('clue-change', { detail: { clue: this.clue }, bubbles: true, composed: true }),
    );
  }
}

define('clue-enroller', ClueEnroller);

declare global {
  interface HTMLElementTagNameMap {
    'clue-enroller': ClueEnroller;
  }
}
