// All of it in one tag: the model, whose voice, live, and a demonstration.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import '../../components/readouts/notice-box.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import { InputError, type BackendChoice, type Clue, type Extractor } from '../../src/index.ts';
import '../clue-enroller/clue-enroller.ts';
import type { ClueEnroller } from '../clue-enroller/clue-enroller.ts';
import { Demonstration } from '../shared/demonstration.ts';
import type { Listen } from '../shared/events.ts';
import '../live-monitor/live-monitor.ts';
import type { LiveMonitor } from '../live-monitor/live-monitor.ts';
import type { RunState } from '../live-monitor/state.ts';
import { LOADED, NOT_LOADED, OwnExtractor } from '../shared/own-extractor.ts';
import type { LoadState } from '../shared/own-extractor.ts';
import { sentence } from '../shared/sentence.ts';
import { styles } from './styles.ts';
import { TARGET_EXTRACTOR_TEXTS } from './texts.ts';
import type { TargetExtractorTexts } from './texts.ts';
import { demonstration, loading } from './view.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import { MAX_TAKES } from '../../src/shared/takes.ts';

/** What <target-extractor> fires, by name. */
export interface TargetExtractorEvents {
  ready: CustomEvent<{ extractor: Extractor }>;
  'run-change': CustomEvent<{ state: RunState }>;
  'clue-change': CustomEvent<{ clue: StoredClue | null }>;
  error: CustomEvent<{ error: Error }>;
}

/**
 * Enrolls a voice and carries only that voice from then on: loads the model in the background, has a <clue-enroller>, a <live-monitor>
 * and, where `demo` says so, a demonstration. Its extractor ends when the element is removed from the document for good.
 *
 * @attr {string} model - address of the model's folder, relative to the page
 * @attr {'auto' | 'webgpu' | 'wasm' | 'reference'} backend - what computes
 * @attr {number} slack-ms - time to compute in, part of the delay (what the device needs, 8 at least)
 * @attr {string} demo - address of a folder with `mixture.wav` and `enrollment.wav`; without it there is no demonstration
 * @attr {string} store - name of the database that keeps the voices ('crossmamba')
 * @attr {boolean} keep-recordings - keep the recordings beside the voices: when the model changes, they are enrolled again from them
 * @fires {CustomEvent<{extractor: Extractor}>} ready - the model is loaded; detail: the extractor. Again, with another one, after the user had a dead engine replaced
 * @fires {CustomEvent<{state: 'stopped' | 'starting' | 'running'}>} run-change - it runs, or it does not
 * @fires {CustomEvent<{clue: StoredClue | null}>} clue-change - another voice is followed from now on
 * @fires {CustomEvent<{error: Error}>} error - the model could not be loaded, a run had to end, or the engine died (`extractor` is null then)
 * @csspart loading - progress of the model
 * @csspart enrollment - the card around the enrollment
 * @csspart demonstration - the card around the demonstration
 * @csspart live - the card around the live part
 * @csspart status - the sentence that says what is heard
 * @csspart start - the button that starts and stops
 * @csspart spectrograms - both spectrograms with their levels
 * @csspart settings - strength, microphone and switches
 * @csspart figures - delay, load, losses and backend
 * @cssprop --crossmamba-accent - buttons, levels, what is chosen
 * @cssprop --crossmamba-on-accent - text on the accent colour
 * @cssprop --crossmamba-text - text
 * @cssprop --crossmamba-surface - background of the cards
 * @cssprop --crossmamba-border - lines
 * @cssprop --crossmamba-radius - corners
 * @cssprop --crossmamba-font - font family
 */
export class TargetExtractor extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    model: { type: String },
    backend: { type: String },
    slackMs: { type: Number, attribute: 'slack-ms' },
    demo: { type: String },
    store: { type: String },
    keepRecordings: { type: Boolean, attribute: 'keep-recordings' },
    texts: { attribute: false },
    load: { state: true },
    notices: { state: true },
    voice: { state: true },
    demoError: { state: true },
    isDemoWanted: { state: true },
    deviceId: { state: true },
  };

  /** The element's own, once it is loaded; or one that was given, which it does not dispose of. */
  declare extractor: Extractor | null;
  /** Address of the model's folder, relative to the page; the library's default where none is given. */
  declare model: string | null | undefined;
  /** What is to compute. Read when the model is loaded. */
  declare backend: BackendChoice;
  /** Time to compute in, part of the delay. Read when the model is loaded. */
  declare slackMs: number | null | undefined;
  /** Address of the demonstration's folder, relative to the page. */
  declare demo: string | null | undefined;
  /** Name of the database that keeps the voices. */
  declare store: string;
  /** Whether recordings are kept beside the voices. */
  declare keepRecordings: boolean;
  /** Texts that replace the English ones. */
  declare texts: Partial<TargetExtractorTexts>;
  /** How far the model is. Read only. */
  declare load: LoadState;
  declare addEventListener: Listen<TargetExtractor, TargetExtractorEvents>;
  declare removeEventListener: Listen<TargetExtractor, TargetExtractorEvents>;
  declare private notices: readonly string[];
  declare private voice: string | null;
  declare private demoError: string | null;
  declare private isDemoWanted: boolean;
  declare private deviceId: string;

  readonly #own = new OwnExtractor((load) => (this.load = load));
  #unlisten = () => {};
  #clue: StoredClue | null = null;
  #demonstration: Demonstration | undefined;
  #demoClue: Clue | undefined;
  /** What the demonstration does is to be seen: its button was clicked. */
  #isViewWanted = false;
  #isDemoOn = false;
  /** Counts what was asked for: a demonstration that took long to fetch does not end what was begun meanwhile. */
  #wishes = 0;

  constructor() {
    super();
    this.extractor = null;
    this.model = undefined;
    this.backend = 'auto';
    this.slackMs = undefined;
    this.demo = undefined;
    this.store = 'crossmamba';
    this.keepRecordings = false;
    this.texts = {};
    this.load = NOT_LOADED;
    this.notices = [];
    this.voice = null;
    this.demoError = null;
    this.isDemoWanted = false;
    this.deviceId = '';
  }

  /** What comes out, for calls and recorders; null until the model is loaded. The same over starts and stops. */
  get track(): MediaStreamTrack | null {
    return this.extractor?.track ?? null;
  }

  /** The live part: what runs, and how. */
  get monitor(): LiveMonitor {
    return this.renderRoot.querySelector('live-monitor')!;
  }

  /**
   * Starts with the microphone. Call it from a user's gesture, once there is an extractor (`ready`); before, it rejects with InputError.
   * What goes wrong is shown.
   */
  async start(): Promise<void> {
    if (this.extractor === null || !this.isConnected)
      throw new InputError('the model is not here yet', {
        where: '<target-extractor>',
        expected: 'an element in the document that has told `ready`, or was given an extractor',
        got: this.isConnected ? `loading: '${this.load.phase}'` : 'an element outside of the document',
      });
    const wish = ++this.#wishes;
    await this.updateComplete;
    if (wish === this.#wishes) await this.monitor.start();
  }

  /** Ends what runs, the demonstration too. */
  async stop(): Promise<void> {
    this.#wishes++;
    this.isDemoWanted = this.#isViewWanted = false;
    // Before the first update there is none.
    if (this.hasUpdated) await this.monitor.stop();
  }

  /** Plays the demonstration: what is heard is its one voice. Waits for the model where that is not here yet. */
  async playDemo(): Promise<void> {
    const { extractor } = this;
    const wish = ++this.#wishes;
    this.isDemoWanted = extractor === null && this.#hasDemo;
    this.demoError = null;
    if (extractor === null || !this.#hasDemo) return;
    // From the click itself: what follows takes too long for the browser to remember it.
    void extractor.context.resume();
    try {
      this.#demonstration ??= new Demonstration(this.demo!, this.#texts.demoVoice);
      const demonstration = this.#demonstration;
      const clue = await demonstration.clue(extractor);
      if (wish !== this.#wishes) return;
      await this.monitor.stop();
      if (wish !== this.#wishes) return;
      await extractor.setClue(clue);
      this.#demoClue = clue;
      this.#isDemoOn = true;
      if (wish === this.#wishes) await this.monitor.start(demonstration);
      else this.#endDemo();
    } catch (error) {
      if (wish === this.#wishes) this.demoError = sentence(error);
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // So that the attributes of an element that is made by a script are all there.
    queueMicrotask(() => {
      if (this.isConnected && this.extractor === null && this.load.phase === 'none') void this.#load();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who moves the element puts it back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      if (this.extractor === this.#own.extractor) this.extractor = null;
      this.#own.release();
      this.#wishes++;
      this.isDemoWanted = false;
      this.#demonstration = undefined;
      this.load = this.extractor === null ? NOT_LOADED : LOADED;
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('extractor')) this.#follow();
    if (changed.has('demo')) this.#demonstration = undefined;
  }

  /** Another extractor: tells of its errors, and ends the element's own where this is not it. */
  #follow(): void {
    const { extractor } = this;
    this.#unlisten();
    this.#unlisten = extractor?.on('error', ({ error }) => this.#takeError(error)) ?? (() => {});
    this.#demonstration = undefined;
    if (extractor === null || extractor === this.#own.extractor) return;
    this.#own.release();
    this.load = LOADED;
  }

  #takeError(error: Error): void {
    const { extractor } = this;
    // Of one whose worker died there is nothing to be had but another.
    if (extractor !== null && extractor === this.#own.extractor && extractor.failure !== null) {
      this.#own.release();
      this.extractor = null;
      this.load = { phase: 'lost', share: null, error };
    }
    this.#tell('error', { error });
  }

  get #hasDemo(): boolean {
    return (this.demo ?? '') !== '';
  }

  get #texts(): TargetExtractorTexts {
    return { ...TARGET_EXTRACTOR_TEXTS, ...this.texts };
  }

  async #load(): Promise<void> {
    const loaded = await this.#own.load({
      modelUrl: this.model ?? undefined,
      backend: this.backend,
      slackMs: this.slackMs ?? undefined,
    });
    if (this.load.phase === 'failed') this.#tell('error', { error: this.load.error });
    if (loaded === null) return;
    const { extractor, backendError } = loaded;
    this.extractor = extractor;
    this.notices = [
      ...(backendError === null ? [] : [this.#texts.otherBackend(sentence(backendError))]),
      ...(isSlow(extractor, this.backend) ? [this.#texts.slowBackend(extractor.report.reason)] : []),
    ];
    await this.updateComplete;
    this.monitor.showBackend(backendError === null ? this.backend : 'auto');
    this.#tell('ready', { extractor });
    if (!this.isDemoWanted) return;
    await this.playDemo();
    this.#bringIntoView();
  }

  #tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  readonly #takeClue = ({ detail }: CustomEvent<{ clue: StoredClue | null }>) => {
    const isAnother = detail.clue !== null && detail.clue.embedding !== this.#clue?.embedding;
    this.#clue = detail.clue;
    this.voice = detail.clue?.name ?? null;
    if (this.#isDemoOn && isAnother) void this.monitor.stop();
  };

  /** For who clicked: on a phone, what happens then is below what is seen. */
  async #playDemoInView(): Promise<void> {
    this.#isViewWanted = true;
    await this.playDemo();
    if (!this.isDemoWanted) this.#bringIntoView();
  }

  #bringIntoView(): void {
    const isWanted = this.#isViewWanted;
    this.#isViewWanted = false;
    if (!this.#isDemoOn || !isWanted) return;
    const live = this.renderRoot.querySelector('[part=live]')!;
    if (live.getBoundingClientRect().top < innerHeight / 2) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    live.scrollIntoView({ behavior: isStill ? 'auto' : 'smooth' });
  }

  /** Brings the keyboard where the voice that goes unheard is recorded once more. */
  readonly #addTake = async () => {
    const enroller = this.renderRoot.querySelector<ClueEnroller>('clue-enroller')!;
    // What is under way there is not lost.
    if (this.#clue !== null && enroller.state.phase === 'idle') await enroller.addTake(this.#clue.id);
    await enroller.updateComplete;
    enroller.focus();
  };

  readonly #takeRun = ({ detail }: CustomEvent<{ state: RunState }>) => {
    if (detail.state === 'stopped') this.#endDemo();
    // Somebody starts the microphone.
    else if (detail.state === 'starting' && !this.#isDemoOn) this.#wishes++;
  };

  /** When the demonstration is over, the voice that was chosen is followed again. */
  #endDemo(): void {
    if (!this.#isDemoOn) return;
    this.#isDemoOn = false;
    // One that does not fit another extractor is told where it is chosen.
    const { extractor } = this;
    const back = this.#clue === null ? extractor?.forgetClue(this.#demoClue) : extractor?.setClue(this.#clue);
    void back?.catch(() => {});
  }

  #demo(texts: TargetExtractorTexts) {
    const state = {
      waits: this.isDemoWanted,
      disabled: ['failed', 'lost'].includes(this.load.phase),
      error: this.demoError,
    };
    return demonstration(texts, state, () => void this.#playDemoInView());
  }

  override render() {
    const texts = this.#texts;
    return html`
      <div class="all">
        ${loading(texts, this.load, () => void this.#load())}
        ${this.notices.map(
          (text) => html`<notice-box heading=${texts.goodToKnow} text=${text}></notice-box>`,
        )}
        <div class=${this.#hasDemo ? 'top both' : 'top'}>
          <section part="enrollment" aria-labelledby="whose">
            <h2 id="whose">${texts.enrollHeading}</h2>
            <clue-enroller
              .extractor=${this.extractor}
              .store=${this.store}
              .keepRecordings=${this.keepRecordings}
              .texts=${texts.enroller}
              .deviceId=${this.deviceId || undefined}
              @clue-change=${this.#takeClue}
            ></clue-enroller>
          </section>
          ${this.#hasDemo ? this.#demo(texts) : nothing}
        </div>
        <section part="live" aria-labelledby="live">
          <h2 id="live">${texts.liveHeading}</h2>
          <live-monitor
            exportparts="status, start, spectrograms, settings, figures"
            .extractor=${this.extractor}
            .voice=${this.voice}
            .offersTake=${this.#clue !== null && this.#clue.takes.length < MAX_TAKES}
            .texts=${texts.monitor}
            @run-change=${this.#takeRun}
            @take-request=${this.#addTake}
            @device-change=${({ detail }: CustomEvent<{ deviceId: string }>) => (this.deviceId = detail.deviceId)}
          ></live-monitor>
        </section>
      </div>
    `;
  }
}

/** Nothing better is to be had. */
function isSlow({ report }: Extractor, backend: BackendChoice): boolean {
  return backend === 'auto' && report.backend === 'reference';
}

define('target-extractor', TargetExtractor);

declare global {
  interface HTMLElementTagNameMap {
    'target-extractor': TargetExtractor;
  }
}
