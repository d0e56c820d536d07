// The live part: input, start and stop, levels, bypass, loudspeakers, recording.
import { LitElement, html, nothing } from 'lit';
import { INITIAL_STATE } from './app-state.ts';
import type { AppState } from './app-state.ts';
import { controls } from './controls.styles.ts';
import { request } from './events.ts';
import { styles } from './live-panel.styles.ts';
import './level-meter.ts';
import './notice-box.ts';
import './source-choice.ts';
import './toggle-switch.ts';

/**
 * Controls and meters of the running extractor.
 *
 * @fires source-request - detail: 'microphone' or 'demo'
 * @fires start-request
 * @fires stop-request
 * @fires bypass-request - detail: whether the input is to be heard instead of the estimate
 * @fires monitor-request - detail: whether the loudspeakers are to play
 * @fires recording-request - detail: whether input and output are to be kept
 */
export class LivePanel extends LitElement {
  static override styles = [controls, styles];
  static override properties = { state: { attribute: false } };

  declare state: AppState;

  constructor() {
    super();
    this.state = INITIAL_STATE;
  }

  override render() {
    const { state } = this;
    return html`
      <source-choice .source=${state.source} ?disabled=${state.run === 'starting'}></source-choice>
      <div class="row">${this.#startStop()}</div>
      ${
        state.runError === null
          ? nothing
          : html`<notice-box kind="error" heading="Not running." text=${state.runError}></notice-box>`
      }
      <div class="meters">
        <level-meter label="Input" .rmsDb=${state.input.rmsDb} .peakDb=${state.input.peakDb}></level-meter>
        <level-meter label="Output" .rmsDb=${state.output.rmsDb} .peakDb=${state.output.peakDb}></level-meter>
      </div>
      ${this.#switches()}
    `;
  }

  /** One button for both, so that the focus stays where it is. */
  #startStop() {
    const { state } = this;
    const isRunning = state.run === 'running';
    const why = isRunning ? null : blocked(state);
    const label = isRunning ? 'Stop' : state.run === 'starting' ? 'Starting…' : 'Start';
    return html`
      <button
        type="button"
        class=${isRunning ? 'go stop' : 'go primary'}
        id=${isRunning ? 'stop' : 'start'}
        ?disabled=${why !== null}
        @click=${() => request(this, isRunning ? 'stop-request' : 'start-request', undefined)}
      >
        ${label}
      </button>
      <span class="soft" role="status">${isRunning ? running(state) : why}</span>
    `;
  }

  #switches() {
    const { state } = this;
    const microphone = state.source === 'microphone';
    return html`
      <div class="switches">
        <toggle-switch
          id="bypass"
          label="Bypass"
          hint="Hear the input as it is, equally late"
          ?checked=${state.bypass}
          @toggle-request=${(event: CustomEvent<boolean>) => request(this, 'bypass-request', event.detail)}
        ></toggle-switch>
        <toggle-switch
          id="monitor"
          label="Loudspeakers"
          hint=${microphone ? 'With headphones only: loudspeakers near the microphone howl' : 'Hear what comes out'}
          ?checked=${state.monitor}
          @toggle-request=${(event: CustomEvent<boolean>) => request(this, 'monitor-request', event.detail)}
        ></toggle-switch>
        <toggle-switch
          id="recording"
          label="Record"
          hint="Keep what goes in and what comes out, in this page"
          ?checked=${state.recording}
          @toggle-request=${(event: CustomEvent<boolean>) => request(this, 'recording-request', event.detail)}
        ></toggle-switch>
      </div>
    `;
  }
}

function running({ bypass, late }: AppState): string {
  if (bypass) return 'Running, bypassed: the input passes as it is.';
  if (late)
    return 'Running, but this machine does not keep up: parts are missing. Close other programs, or allow more delay (slackMs in the address).';
  return 'Running: only the enrolled voice passes.';
}

/** Why it cannot start now; null where it can. */
function blocked({ model, enrollment, run, source }: AppState): string | null {
  if (model.phase === 'loading') return 'The model is loading.';
  if (model.phase === 'failed') return 'There is no model.';
  if (run === 'starting') return 'Asking for the microphone…';
  if (enrollment.phase === 'recording' || enrollment.phase === 'checking')
    return 'A voice is being enrolled.';
  if (source === 'microphone' && enrollment.phase === 'none') return 'Enroll a voice first.';
  return null;
}

customElements.define('live-panel', LivePanel);

declare global {
  interface HTMLElementTagNameMap {
    'live-panel': LivePanel;
  }
}
