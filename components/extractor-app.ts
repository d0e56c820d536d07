// The page: enroll a voice, listen, see the figures.
import { LitElement, html, nothing } from 'lit';
import { INITIAL_STATE } from './app-state.ts';
import type { AppState } from './app-state.ts';
import { controls } from './controls.styles.ts';
import { request } from './events.ts';
import { styles } from './extractor-app.styles.ts';
import { theme } from './theme.styles.ts';
import './clue-enroller.ts';
import './live-panel.ts';
import './notice-box.ts';
import './session-stats.ts';
import './take-player.ts';

/**
 * The whole page. Shows `state`; every change is asked for by an event (see events.ts) and made by whoever owns the state.
 *
 * @fires model-retry-request
 * @fires demo-request - enroll the demonstration's voice and play its mixture
 */
export class ExtractorApp extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    state: { attribute: false },
    enrollSeconds: { type: Number, attribute: 'enroll-seconds' },
  };

  declare state: AppState;
  declare enrollSeconds: number;

  constructor() {
    super();
    this.state = INITIAL_STATE;
    this.enrollSeconds = 8;
  }

  override render() {
    const { state } = this;
    return html`
      <main>
        <header>
          <h1>Only your voice</h1>
          <p class="soft">
            Enroll a voice for a few seconds. From then on only that voice comes through, live. Everything is
            computed in this page, on this machine: no sound leaves it.
          </p>
        </header>
        ${this.#model()}
        ${state.notices.map((text) => html`<notice-box heading="Good to know." text=${text}></notice-box>`)}
        <div class="columns">
          <div class="stack">
            <section aria-labelledby="whose">
              <h2 id="whose">1. Whose voice?</h2>
              <clue-enroller
                .enrollment=${state.enrollment}
                wanted-seconds=${this.enrollSeconds}
                ?disabled=${state.model.phase !== 'ready' || state.run === 'starting'}
              ></clue-enroller>
            </section>
            ${this.#demonstration()}
          </div>
          <section aria-labelledby="live">
            <h2 id="live">2. Listen</h2>
            <live-panel .state=${state}></live-panel>
          </section>
        </div>
        ${this.#take()}
        <section aria-labelledby="figures">
          <h2 id="figures">Figures</h2>
          <session-stats .stats=${state.stats}></session-stats>
        </section>
      </main>
    `;
  }

  #model() {
    const { phase, progress, error } = this.state.model;
    if (phase === 'ready') return nothing;
    if (phase === 'failed')
      return html`
        <notice-box kind="error" heading="The model could not be loaded." text=${error ?? ''}>
          <button type="button" @click=${() => request(this, 'model-retry-request', undefined)}>
            Try again
          </button>
        </notice-box>
      `;
    const text =
      progress === null ? 'Loading the model…' : `Loading the model: ${Math.round(100 * progress)} %`;
    return html`
      <div>
        <label for="progress">${text}</label>
        <progress id="progress" max="1" value=${progress ?? nothing}></progress>
      </div>
    `;
  }

  #demonstration() {
    const { model, run, enrollment } = this.state;
    const off = model.phase !== 'ready' || run === 'starting' || enrollment.phase === 'recording';
    return html`
      <section aria-labelledby="without">
        <h2 id="without">No microphone at hand?</h2>
        <p class="soft">Two synthetic voices talk over each other. Hear one of them alone.</p>
        <div class="row">
          <button
            type="button"
            id="demo"
            ?disabled=${off}
            @click=${() => request(this, 'demo-request', undefined)}
          >
            Play the demonstration
          </button>
        </div>
      </section>
    `;
  }

  #take() {
    const { take } = this.state;
    if (take === null) return nothing;
    return html`
      <section aria-labelledby="recording">
        <h2 id="recording">Recording</h2>
        <take-player .take=${take}></take-player>
      </section>
    `;
  }
}

customElements.define('extractor-app', ExtractorApp);

declare global {
  interface HTMLElementTagNameMap {
    'extractor-app': ExtractorApp;
  }
}
