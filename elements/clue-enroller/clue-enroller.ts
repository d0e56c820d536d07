// The public element with which voices are enrolled, kept and chosen.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { CLUE_ENROLLER_TEXTS } from '../../components/enroll/clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from '../../components/enroll/clue-enroller.texts.ts';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import { ENOUGH_VOICED_S } from '../../src/shared/enrollment.ts';
import { EnrollFlow, IDLE } from './flow.ts';
import type { EnrollHost, EnrollState } from './flow.ts';
import { Keeper } from './keeper.ts';
import { styles } from './styles.ts';
import { errorBox, listed, memoryBox, noticeBox, panel, verdict } from './parts.ts';
import { FileDrop } from '../shared/file-drop.ts';
import type { Listen } from '../shared/events.ts';

/** What <clue-enroller> fires, by name. */
export interface ClueEnrollerEvents {
  'clue-change': CustomEvent<{ clue: StoredClue | null }>;
}

/**
 * Enrolls voices, keeps them (in IndexedDB), and has one of them followed: records from the microphone with guidance, or takes a file;
 * lets listen, redo, name, save; lists people to choose from, to rename, delete, export and import.
 *
 * @attr {string} store - name of the database that keeps the voices ('crossmamba')
 * @attr {number} enough-seconds - seconds of voice after which a recording ends (6)
 * @attr {boolean} keep-recordings - keep the recording beside the clue: when the model changes, the voice is enrolled again from it
 * @attr {boolean} disabled - nothing can be done; the keyboard stays where it is
 * @fires {CustomEvent<{clue: StoredClue | null}>} clue-change - another voice, or none, is followed from now on
 * @csspart voices - the list of people
 * @csspart voice - one of them
 * @csspart ways - the buttons that record, take a file, import
 * @csspart recording - what is shown while recording
 * @csspart review - what is shown of a recording before it is saved
 * @cssprop --crossmamba-accent - main buttons, progress, what is chosen
 * @cssprop --crossmamba-on-accent - text on the accent colour
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
  declare addEventListener: Listen<ClueEnroller, ClueEnrollerEvents>;
  declare removeEventListener: Listen<ClueEnroller, ClueEnrollerEvents>;

  readonly #flow = new EnrollFlow(this);
  readonly #keeper = new Keeper(this, {
    flow: this.#flow,
    texts: () => this.#texts,
    onChoice: () => this.#tellChoice(),
  });
  readonly #drop = new FileDrop(
    this,
    // What is recorded and not yet saved must not go with the page.
    () => (!this.disabled && this.state.phase === 'idle' ? 'take' : 'hold'),
    ([file]) => this.takeFile(file),
  );
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
  }

  /** The voice that is followed; null where none was chosen. */
  get clue(): StoredClue | null {
    return this.#keeper.chosen;
  }

  /** All that are kept, the oldest first. */
  get clues(): readonly StoredClue[] {
    return this.#keeper.clues;
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
    return this.#keeper.addTake(id);
  }

  /** Takes the newest of several recordings of this voice back; the voice is followed without it, if it was. */
  removeTake(id: string): Promise<void> {
    return this.#keeper.removeTake(id);
  }

  /** Forgets what is recorded or not saved yet, and whom it was to be added to. */
  cancel(): Promise<void> {
    return this.#flow.cancel();
  }

  /** Takes a recording, or a voice that was exported. */
  takeFile(file: File): Promise<void> {
    const isClue = /\.json$/i.test(file.name) || file.type === 'application/json';
    return isClue ? this.#keeper.import(file) : this.#flow.takeFile(file);
  }

  /** Keeps the recording that is being reviewed, and follows it. `name`: of a new voice; one that a take is added to has its own. */
  save(name: string): Promise<void> {
    return this.#keeper.save(name);
  }

  /**
   * Follows another of the voices that are kept; one of an earlier version of the model is enrolled again, where its recording was kept.
   * What does not fit is told, and the one before stays. Nothing happens before there is an extractor.
   */
  choose(id: string): Promise<void> {
    return this.#keeper.choose(id);
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
      this.#keeper.close();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus ||= this.shadowRoot !== null && this.shadowRoot.activeElement !== null;
    // The verdict takes the place of what was told before, which is not told again after it.
    if (this.state.checked !== null && changed.get('state')?.checked === null) this.#keeper.message = '';
    // Who is taken away may lose the extractor later: the voices are closed by then, and stay so.
    if (!this.isConnected || !(this.#isNew || changed.has('extractor') || changed.has('store'))) return;
    this.#isNew = false;
    void (changed.has('store') ? this.#keeper.reopen() : this.#keeper.resume());
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
    const { failure, notice, message, memoryOnlyBecause } = this.#keeper;
    return html`
      <div class=${this.#drop.isOver ? 'all over' : 'all'}>
        ${this.#list(texts)} ${errorBox(texts.notEnrolled, this.state.error)}
        ${errorBox(texts.failed, failure)} ${noticeBox(notice)} ${panel(this, texts)}
        ${this.clues.length === 0 ? nothing : memoryBox(texts, memoryOnlyBecause)}
        <p class="hidden" role="status">${message || verdict(texts, this.state)}</p>
      </div>
    `;
  }

  get #texts(): ClueEnrollerTexts {
    return { ...CLUE_ENROLLER_TEXTS, ...this.texts };
  }

  #list(texts: ClueEnrollerTexts) {
    const clues = this.clues.map((clue) => listed(texts, clue, this.extractor?.report, this.#keeper));
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
        @export-request=${(event: CustomEvent<string>) => this.#keeper.export(event.detail)}
      ></enroll-list>
    `;
  }

  readonly #rename = ({ detail: { id, name } }: CustomEvent<{ id: string; name: string }>) =>
    this.#keeper.rename(id, name);

  readonly #delete = async ({ detail: id }: CustomEvent<string>) => {
    await this.#keeper.delete(id);
    if (this.#keeper.failure !== null) return;
    await this.updateComplete;
    if (this.clues.length > 0) this.renderRoot.querySelector<HTMLElement>('enroll-list')?.focus();
    else this.focus();
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
