// The public element that runs an extractor and shows what goes in and what comes out.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import '../../components/readouts/live-status.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import { unlessDisabled } from '../../components/shared/unless-disabled.ts';
import { InputError, type BackendChoice, type Extractor } from '../../src/index.ts';
import { LiveController } from './controller.ts';
import { statusText, TONES } from './parts.ts';
import { settings } from './settings.ts';
import type { Listen } from '../shared/events.ts';
import { styles } from './styles.ts';
import { LIVE_MONITOR_TEXTS } from './texts.ts';
import type { LiveMonitorTexts } from './texts.ts';
import { figureSection, notices, recording, spectrograms } from './view.ts';
import type { LiveSource } from './source.ts';
import { INITIAL_LIVE_STATE } from './state.ts';
import type { LiveState, RunState } from './state.ts';
import { Microphones } from './microphones.ts';

/** From then on a start can be cancelled by its button; before, that would be the second half of a double click. */
const SLOW_MS = 1000;

/** What <live-monitor> fires, by name. */
export interface LiveMonitorEvents {
  'run-change': CustomEvent<{ state: RunState }>;
  'device-change': CustomEvent<{ deviceId: string }>;
  'take-request': CustomEvent;
}

/**
 * Starts and stops an extractor, and shows what it does: spectrograms and levels of what goes in and what comes out, whether the
 * enrolled voice speaks, how much of the others is taken away, delay, load and losses.
 *
 * @fires {CustomEvent<{state: 'stopped' | 'starting' | 'running'}>} run-change - it runs, or it does not
 * @fires {CustomEvent<{deviceId: string}>} device-change - another microphone was chosen; '' is the system's default
 * @fires {CustomEvent} take-request - the enrolled person goes unheard and is to be recorded once more; only where `offersTake`
 * @csspart status - the sentence that says what is heard
 * @csspart start - the button that starts and stops
 * @csspart spectrograms - both spectrograms with their levels
 * @csspart settings - strength, microphone and switches
 * @csspart figures - delay, load, losses and backend
 * @cssprop --crossmamba-accent - buttons, levels, what is chosen
 * @cssprop --crossmamba-on-accent - text on the accent colour
 * @cssprop --crossmamba-text - text
 * @cssprop --crossmamba-surface - background
 * @cssprop --crossmamba-border - lines
 * @cssprop --crossmamba-radius - corners
 * @cssprop --crossmamba-font - font family
 */
export class LiveMonitor extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    voice: { attribute: false },
    offersTake: { attribute: false },
    texts: { attribute: false },
    state: { state: true },
    microphones: { state: true },
    isSlow: { state: true },
  };

  /** What is run and shown; null shows that there is none yet. */
  declare extractor: Extractor | null;
  /** Whose voice is followed; null: nobody is enrolled, so that it cannot start; undefined: not known. */
  declare voice: string | null | undefined;
  /** Somebody listens to `take-request`. */
  declare offersTake: boolean;
  /** Texts that replace the English ones. */
  declare texts: Partial<LiveMonitorTexts>;
  /** What is shown. Read only. */
  declare state: LiveState;
  declare addEventListener: Listen<LiveMonitor, LiveMonitorEvents>;
  declare removeEventListener: Listen<LiveMonitor, LiveMonitorEvents>;
  declare private microphones: readonly MediaDeviceInfo[];
  /** It has been starting for a while: the browser asks for the microphone, and may do so for ever. */
  declare private isSlow: boolean;

  #controller: LiveController | undefined;
  #source: LiveSource | null = null;
  /** Starts and stops that were asked for. */
  #wishes = 0;
  #told: RunState = 'stopped';
  #slow: ReturnType<typeof setTimeout> | undefined;
  readonly #devices = new Microphones((devices) => (this.microphones = devices));

  constructor() {
    super();
    this.extractor = null;
    this.voice = undefined;
    this.offersTake = false;
    this.texts = {};
    this.state = INITIAL_LIVE_STATE;
    this.microphones = [];
    this.isSlow = false;
  }

  /**
   * Starts with the microphone that is chosen, or with another source, which is played aloud. What goes wrong is shown; rejects with
   * InputError only where there is nothing to start.
   */
  async start(source: LiveSource | null = null): Promise<void> {
    const wish = ++this.#wishes;
    // An extractor that was given just now is met after the next update.
    if (this.isConnected) await this.updateComplete;
    // Stopped, or started anew, meanwhile.
    if (wish !== this.#wishes) return;
    if (this.#controller === undefined)
      throw new InputError('there is nothing to start', {
        where: '<live-monitor>',
        expected: 'an element in the document that has an `extractor`',
        got: this.isConnected ? 'no extractor yet' : 'an element outside of the document',
      });
    this.#source = source;
    await this.#controller.start(source);
  }

  /** Ends the run, and the recording of it. */
  async stop(): Promise<void> {
    this.#wishes++;
    await this.#controller?.stop();
  }

  /** The backend that the list shows as chosen; nothing is switched. */
  showBackend(backend: BackendChoice): void {
    this.#controller?.set({ backend });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#devices.watch();
    if (this.extractor !== null && this.#controller === undefined) this.#attach(this.extractor);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who moves the element puts it back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      clearTimeout(this.#slow);
      this.#devices.forget();
      this.#detach();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('extractor') && this.isConnected) {
      this.#detach();
      if (this.extractor !== null) this.#attach(this.extractor);
    }
    if (this.state.run !== this.#told) {
      clearTimeout(this.#slow);
      this.isSlow = false;
      if (this.state.run === 'starting') this.#slow = setTimeout(() => (this.isSlow = true), SLOW_MS);
    }
    if (changed.has('voice') && this.#controller !== undefined) {
      this.#controller.hasVoice = this.voice !== null;
      this.#controller.set({});
    }
  }

  protected override updated(): void {
    const { run } = this.state;
    if (run === this.#told) return;
    this.#told = run;
    // Only who has given the permission may know the microphones' names.
    if (run === 'running') this.#devices.look();
    this.dispatchEvent(
      new CustomEvent('run-change', { detail: { state: run }, bubbles: true, composed: true }),
    );
  }

  #attach(extractor: Extractor): void {
    // The microphone is the user's choice, whatever computes.
    const { deviceId } = this.state;
    const controller = new LiveController(extractor, (state) => (this.state = state));
    controller.hasVoice = this.voice !== null;
    const { bypass, attenuationLimitDb } = extractor;
    controller.set({ bypass, limitDb: attenuationLimitDb, deviceId });
    this.#controller = controller;
  }

  #detach(): void {
    this.#controller?.release();
    this.#controller = undefined;
    this.state = { ...INITIAL_LIVE_STATE, deviceId: this.state.deviceId };
  }

  override render() {
    const { state } = this;
    const controller = this.#controller;
    const offersTake = this.offersTake && state.input === 'microphone';
    const texts: LiveMonitorTexts = { ...LIVE_MONITOR_TEXTS, ...this.texts };
    return html`
      <div class="head">
        <live-status
          part="status"
          tone=${TONES[state.status]}
          text=${statusText(texts, state, this.#voiceNow())}
        ></live-status>
        <div class="row">${this.#resume(texts)} ${this.#startStop(texts)}</div>
      </div>
      ${notices(texts, state, this.#voiceNow(), offersTake ? this.#requestTake : null)}
      ${spectrograms(texts, state, controller?.graph)}
      ${settings(texts, state, this.microphones, controller, this.#chooseMicrophone)}
      ${recording(texts, state)} ${figureSection(texts, state, this.extractor, controller)}
    `;
  }

  #voiceNow(): string | null {
    return (this.state.input === 'source' ? this.#source?.voice : this.voice) ?? null;
  }

  /** One button for both, so that the focus stays where it is. */
  #startStop(texts: LiveMonitorTexts) {
    const { run, status } = this.state;
    const isRunning = run === 'running';
    const isStarting = run === 'starting';
    const waits = isStarting && !this.isSlow;
    const label = isRunning
      ? texts.stop
      : waits
        ? texts.starting
        : isStarting
          ? texts.cancelStart
          : texts.start;
    return html`
      <button
        type="button"
        part="start"
        id=${isRunning ? 'stop' : 'start'}
        class=${isRunning ? 'go' : 'go primary'}
        ?disabled=${status === 'noVoice' || status === 'noExtractor'}
        aria-disabled=${waits}
        @click=${unlessDisabled(() => (isRunning || isStarting ? this.stop() : this.start()))}
      >
        ${label}
      </button>
    `;
  }

  #resume(texts: LiveMonitorTexts) {
    if (this.state.status !== 'paused') return nothing;
    return html`
      <button type="button" class="primary" @click=${() => void this.extractor?.context.resume()}>
        ${texts.resume}
      </button>
    `;
  }

  readonly #requestTake = () => this.dispatchEvent(new CustomEvent('take-request'));

  readonly #chooseMicrophone = (deviceId: string) => {
    void this.#controller?.setDevice(deviceId);
    this.dispatchEvent(new CustomEvent('device-change', { detail: { deviceId } }));
  };
}

define('live-monitor', LiveMonitor);

declare global {
  interface HTMLElementTagNameMap {
    'live-monitor': LiveMonitor;
  }
}
