// The public element with which voices are enrolled, kept and chosen.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { CLUE_ENROLLER_TEXTS } from '../components/clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from '../components/clue-enroller.texts.ts';
import { controls } from '../components/controls.styles.ts';
import '../components/enroll-list.ts';
import type { ListedClue } from '../components/enroll-list.ts';
import { NOTHING_RECORDED } from '../components/enroll-progress.ts';
import type { RecordingState } from '../components/enroll-progress.ts';
import '../components/enroll-review.ts';
import '../components/enroll-start.ts';
import '../components/notice-box.ts';
import { theme } from '../components/theme.styles.ts';
import { clueFileName, exportClue, importClue } from '../src/clue-file.ts';
import type { StoredClue } from '../src/clue-store.ts';
import { EnrollmentRecorder } from '../src/enrollment-recorder.ts';
import type { Extractor } from '../src/extractor.ts';
import { ENOUGH_VOICED_S } from '../src/shared/enrollment.ts';
import { readAudio } from './audio-file.ts';
import { checkVoice } from './clue-enroller-check.ts';
import type { CheckedVoice, Sound } from './clue-enroller-check.ts';
import { styles } from './clue-enroller.styles.ts';
import { Voices } from './clue-enroller-voices.ts';
import { define } from './define.ts';
import { sentence } from './sentence.ts';

/** `waiting`: recorded, but there is no model yet to make a clue with. */
export type EnrollPhase = 'idle' | 'opening' | 'recording' | 'waiting' | 'checking' | 'review';

/**
 * Enrolls voices, keeps them (in IndexedDB), and has one of them followed: records from the microphone with guidance, or takes a file;
 * lets listen, redo, name, save; lists people to choose from, to rename, delete, export and import.
 *
 * @attr {string} store - name of the database that keeps the voices ('crossmamba')
 * @attr {number} enough-seconds - seconds of voice after which a recording ends (6)
 * @attr {boolean} keep-recordings - keep the recording beside the clue, for another model one day
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
export class ClueEnroller extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    texts: { attribute: false },
    store: { type: String },
    enoughSeconds: { type: Number, attribute: 'enough-seconds' },
    keepRecordings: { type: Boolean, attribute: 'keep-recordings' },
    deviceId: { attribute: false },
    disabled: { type: Boolean },
    phase: { state: true },
    error: { state: true },
    recording: { state: true },
    checked: { state: true },
    message: { state: true },
    isOver: { state: true },
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
  /** What it is at. Read only. */
  declare phase: EnrollPhase;
  /** What went wrong, as a sentence. Read only. */
  declare error: string | null;
  /** While it records. Read only. */
  declare recording: RecordingState;
  declare private checked: CheckedVoice | null;
  declare private message: string;
  declare private isOver: boolean;

  #voices: Voices | null = null;
  #recorder: EnrollmentRecorder | null = null;
  #sound: Sound | null = null;
  /** Counts what was begun: what ends after something else was begun has no effect. */
  #turn = 0;
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
    this.phase = 'idle';
    this.error = null;
    this.recording = NOTHING_RECORDED;
    this.checked = null;
    this.message = '';
    this.isOver = false;
  }

  /** The voice that is followed; null where none was chosen. */
  get clue(): StoredClue | null {
    return this.#voices?.chosen ?? null;
  }

  /** All that are kept, the oldest first. */
  get clues(): readonly StoredClue[] {
    return this.#voices?.clues ?? [];
  }

  /** Records from the microphone until there is enough, or `finish`. Call it from a user's gesture. */
  async record(): Promise<void> {
    const turn = this.#begin('opening');
    await this.#guarded(turn, async () => {
      const recorder = await EnrollmentRecorder.start({
        constraints: this.deviceId === undefined ? {} : { deviceId: { exact: this.deviceId } },
        enoughVoicedS: this.enoughSeconds,
        onProgress: ({ share, guidance, levelDb, peakDb }) => {
          if (turn === this.#turn) this.recording = { share, guidance, levelDb, peakDb };
        },
      });
      if (turn !== this.#turn) return recorder.cancel();
      this.#recorder = recorder;
      this.phase = 'recording';
      const recorded = await recorder.done;
      if (turn !== this.#turn || recorded === null) return;
      const name = this.#texts.defaultName(this.clues.length + 1);
      await this.#check(turn, { samples: recorded.samples, rateHz: recorded.rateHz, name });
    });
  }

  /** Ends the recording and looks at what there is. */
  async finish(): Promise<void> {
    await this.#recorder?.finish();
  }

  /** Forgets what is recorded or not saved yet. */
  async cancel(): Promise<void> {
    const recorder = this.#recorder;
    this.#begin('idle');
    await recorder?.cancel();
  }

  /** Takes a recording, or a voice that was exported. */
  async takeFile(file: File): Promise<void> {
    const turn = this.#begin('checking');
    await this.#guarded(turn, async () => {
      if (/\.json$/i.test(file.name) || file.type === 'application/json') return this.#import(turn, file);
      const { samples, rateHz } = await readAudio(await file.arrayBuffer(), file.name);
      if (turn === this.#turn)
        await this.#check(turn, { samples, rateHz, name: file.name.replace(/\.[^.]*$/, '') });
    });
  }

  /** Keeps the recording that is being reviewed, and follows it. */
  async save(name: string): Promise<void> {
    const { checked } = this;
    if (checked === null) return;
    await this.#guarded(this.#turn, async () => {
      const { samples, rateHz } = checked;
      const recording = this.keepRecordings ? { samples, rateHz } : undefined;
      const { embedding, model, report } = checked;
      const stored = await this.#opened.add({ name, embedding, model, report, recording });
      this.#begin('idle');
      this.message = this.#texts.saved(stored.name);
      await this.choose(stored.id);
    });
  }

  /** Follows another of the voices that are kept. */
  async choose(id: string): Promise<void> {
    const { extractor } = this;
    if (extractor === null) return;
    await this.#guarded(this.#turn, async () => {
      await this.#opened.choose(id, extractor);
      this.#tellChoice();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#voices ??= new Voices(this.store);
    void this.#resume();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who moves the element puts it back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      void this.cancel();
      void this.#voices?.close();
      this.#voices = null;
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus ||= this.shadowRoot !== null && this.shadowRoot.activeElement !== null;
    if (changed.has('extractor') && this.extractor !== null && this.#voices !== null) void this.#resume();
  }

  /** What is shown changes with the phase; who is here with the keyboard stays, unless the focus has gone elsewhere. */
  protected override async updated(changed: PropertyValues<this>): Promise<void> {
    if (!changed.has('phase') || changed.get('phase') === undefined || !this.#hadFocus) return;
    const next = this.renderRoot.querySelector<LitElement>('.next');
    if (next === null) return;
    await next.updateComplete;
    this.#hadFocus = false;
    if (document.activeElement === document.body || this.shadowRoot!.activeElement !== null) next.focus();
  }

  override render() {
    const { error } = this;
    const texts = this.#texts;
    return html`
      <div
        class=${this.isOver ? 'all over' : 'all'}
        @dragover=${this.#dragOver}
        @dragleave=${() => (this.isOver = false)}
        @drop=${this.#drop}
      >
        ${this.#list()}
        ${error === null ? nothing : html`<notice-box kind="error" heading=${texts.notEnrolled} text=${error}></notice-box>`}
        ${this.#panel()} ${this.#memoryOnly()}
        <p class="hidden" role="status">${this.message}</p>
      </div>
    `;
  }

  get #texts(): ClueEnrollerTexts {
    return { ...CLUE_ENROLLER_TEXTS, ...this.texts };
  }

  get #opened(): Voices {
    return (this.#voices ??= new Voices(this.store));
  }

  #list() {
    const model = this.extractor?.report.model;
    const clues: ListedClue[] = this.clues.map((clue) => ({
      id: clue.id,
      name: clue.name,
      model: clue.model,
      createdAt: new Date(clue.createdAt),
      voicedS: clue.report?.voicedS ?? null,
      fits: model === undefined || clue.model === model,
    }));
    return html`
      <enroll-list
        part="voices"
        exportparts="voice"
        ?hidden=${clues.length === 0}
        .texts=${this.#texts}
        .clues=${clues}
        .chosen=${this.clue?.id ?? null}
        ?disabled=${this.disabled || this.extractor === null}
        @choose-request=${(event: CustomEvent<string>) => this.choose(event.detail)}
        @rename-request=${this.#rename}
        @delete-request=${this.#delete}
        @export-request=${this.#export}
      ></enroll-list>
    `;
  }

  #panel() {
    const texts = this.#texts;
    switch (this.phase) {
      case 'idle':
        return html`
          <enroll-start
            class="next"
            part="ways"
            .texts=${texts}
            ?again=${this.clues.length > 0}
            ?disabled=${this.disabled}
            @record-request=${this.record}
            @file-request=${(event: CustomEvent<File>) => this.takeFile(event.detail)}
          ></enroll-start>
        `;
      case 'recording':
        return html`
          <enroll-progress
            class="panel next"
            part="recording"
            .texts=${texts}
            .recording=${this.recording}
            @finish-request=${this.finish}
            @cancel-request=${this.cancel}
          ></enroll-progress>
        `;
      case 'review':
        return this.#review();
      default:
        return html`
          <div class="panel row">
            <p role="status">${texts[this.phase]}</p>
            <button type="button" id="cancel" @click=${this.cancel}>${texts.cancel}</button>
          </div>
        `;
    }
  }

  #review() {
    const { checked } = this;
    if (checked === null) return nothing;
    const { url, name, doubts, report } = checked;
    return html`
      <enroll-review
        class="panel next"
        part="review"
        .texts=${this.#texts}
        .review=${{ url, name, doubts, ...report }}
        @save-request=${(event: CustomEvent<string>) => this.save(event.detail)}
        @redo-request=${this.record}
        @discard-request=${this.cancel}
      ></enroll-review>
    `;
  }

  #memoryOnly() {
    const reason = this.#voices?.memoryOnlyBecause ?? null;
    if (reason === null || this.clues.length === 0) return nothing;
    const texts = this.#texts;
    return html`<notice-box
      heading=${texts.memoryOnly}
      text=${texts.memoryOnlyBecause(reason)}
    ></notice-box>`;
  }

  /** Whatever was under way has no effect any more. */
  #begin(phase: EnrollPhase): number {
    const recorder = this.#recorder;
    this.#recorder = null;
    void recorder?.cancel();
    if (this.checked !== null) URL.revokeObjectURL(this.checked.url);
    this.checked = null;
    this.#sound = null;
    this.recording = NOTHING_RECORDED;
    this.error = null;
    this.phase = phase;
    return ++this.#turn;
  }

  /** Shows what goes wrong, unless something else was begun meanwhile. */
  async #guarded(turn: number, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (turn !== this.#turn) return;
      if (this.phase !== 'review') this.#begin('idle');
      this.error = sentence(error);
    }
    this.requestUpdate();
  }

  async #check(turn: number, sound: Sound): Promise<void> {
    this.#recorder = null;
    const { extractor } = this;
    this.#sound = extractor === null ? sound : null;
    this.phase = extractor === null ? 'waiting' : 'checking';
    if (extractor === null) return;
    const checked = await checkVoice(extractor, sound);
    if (turn !== this.#turn) return URL.revokeObjectURL(checked.url);
    this.checked = checked;
    this.phase = 'review';
  }

  /** With another extractor, or the first one: follows what was followed, and goes on with what waited. */
  async #resume(): Promise<void> {
    const { extractor } = this;
    const voices = this.#opened;
    await this.#guarded(this.#turn, async () => {
      if (extractor === null) return voices.refresh();
      const before = voices.chosen;
      await voices.resume(extractor);
      if (voices.chosen !== before) this.#tellChoice();
    });
    const sound = this.#sound;
    if (sound === null || extractor === null) return;
    const turn = this.#turn;
    await this.#guarded(turn, () => this.#check(turn, sound));
  }

  async #import(turn: number, file: File): Promise<void> {
    const imported = await importClue(file);
    const stored = await this.#opened.add(imported);
    if (turn !== this.#turn) return;
    this.#begin('idle');
    if (stored.model === this.extractor?.report.model) await this.choose(stored.id);
    this.message = this.#texts.saved(stored.name);
  }

  readonly #rename = ({ detail: { id, name } }: CustomEvent<{ id: string; name: string }>) =>
    this.#guarded(this.#turn, async () => {
      await this.#opened.rename(id, name);
      this.message = this.#texts.renamed(name);
      if (this.clue?.id === id) this.#tellChoice();
    });

  readonly #delete = ({ detail: id }: CustomEvent<string>) =>
    this.#guarded(this.#turn, async () => {
      const { name } = this.clues.find((clue) => clue.id === id)!;
      const wasChosen = this.clue?.id === id;
      await this.#opened.delete(id);
      this.message = this.#texts.deleted(name);
      if (wasChosen) this.#tellChoice();
      this.requestUpdate();
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>(this.clues.length > 0 ? 'enroll-list' : '.next')?.focus();
    });

  readonly #export = ({ detail: id }: CustomEvent<string>) => {
    const clue = this.clues.find((candidate) => candidate.id === id)!;
    const url = URL.createObjectURL(exportClue(clue));
    const link = Object.assign(document.createElement('a'), { href: url, download: clueFileName(clue) });
    link.click();
    // The download has begun by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };

  readonly #dragOver = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files') || this.disabled || this.phase !== 'idle') return;
    event.preventDefault();
    this.isOver = true;
  };

  readonly #drop = (event: DragEvent) => {
    this.isOver = false;
    const file = event.dataTransfer?.files[0];
    if (file === undefined || this.disabled || this.phase !== 'idle') return;
    event.preventDefault();
    void this.takeFile(file);
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
