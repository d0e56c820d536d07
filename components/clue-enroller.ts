// Where a voice is enrolled: from the microphone, from a file, again.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { NO_ENROLLMENT } from './app-state.ts';
import type { EnrollmentState } from './app-state.ts';
import { controls } from './controls.styles.ts';
import { request } from './events.ts';
import { styles } from './clue-enroller.styles.ts';
import './level-meter.ts';
import './notice-box.ts';

/**
 * Enrollment of a voice.
 *
 * @fires enroll-record-request - start recording from the microphone
 * @fires enroll-stop-request - stop and use what was recorded
 * @fires enroll-cancel-request - stop and forget what was recorded
 * @fires enroll-file-request - detail: a File to enroll from
 */
export class ClueEnroller extends LitElement {
  static override styles = [controls, styles];
  static override properties = {
    enrollment: { attribute: false },
    wantedSeconds: { type: Number, attribute: 'wanted-seconds' },
    disabled: { type: Boolean },
  };

  declare enrollment: EnrollmentState;
  /** Recording stops by itself after so many seconds. */
  declare wantedSeconds: number;
  declare disabled: boolean;

  constructor() {
    super();
    this.enrollment = NO_ENROLLMENT;
    this.wantedSeconds = 8;
    this.disabled = false;
  }

  #hadFocus = false;

  protected override willUpdate(): void {
    this.#hadFocus ||= this.shadowRoot?.activeElement instanceof HTMLButtonElement;
  }

  /** The buttons change with the phase; who used one from the keyboard stays among them, unless the focus has gone elsewhere. */
  protected override updated(changed: PropertyValues<this>): void {
    const isSame = changed.get('enrollment')?.phase === this.enrollment.phase;
    if (!this.#hadFocus || !changed.has('enrollment') || isSame) return;
    const next = this.renderRoot.querySelector<HTMLButtonElement>('button:not(:disabled)');
    if (next === null) return;
    this.#hadFocus = false;
    if (document.activeElement === document.body || this.shadowRoot!.activeElement !== null) next.focus();
  }

  override render() {
    const { phase, error } = this.enrollment;
    return html`
      ${
        error === null
          ? nothing
          : html`<notice-box kind="error" heading="Not enrolled." text=${error}></notice-box>`
      }
      <div class="result" aria-live="polite">
        ${phase === 'enrolled' || phase === 'checking' ? this.#result() : nothing}
      </div>
      ${phase === 'recording' ? this.#recording() : this.#choices()}
    `;
  }

  #result() {
    const { phase, label, seconds, voicedSeconds } = this.enrollment;
    if (phase === 'checking') return html`<p>Listening to the enrollment…</p>`;
    return html`
      <p class="enrolled">
        <span class="tick" aria-hidden="true">✓</span>
        <span>
          <strong>${label}</strong>
          <span class="soft">— ${seconds.toFixed(1)} s, ${voicedSeconds.toFixed(1)} s of it voice</span>
        </span>
      </p>
    `;
  }

  #recording() {
    const { seconds, levelDb } = this.enrollment;
    return html`
      <div class="recording">
        <p class="row">
          <span class="dot" aria-hidden="true"></span>
          <strong>Recording</strong>
          <span class="seconds">${seconds.toFixed(1)} of ${this.wantedSeconds} s</span>
        </p>
        <p class="soft">Talk as you normally do, with nobody else speaking.</p>
        <level-meter label="Voice" .rmsDb=${levelDb} .peakDb=${levelDb}></level-meter>
        <div class="row">
          <button
            type="button"
            class="primary"
            @click=${() => request(this, 'enroll-stop-request', undefined)}
          >
            Stop and use it
          </button>
          <button type="button" @click=${() => request(this, 'enroll-cancel-request', undefined)}>
            Cancel
          </button>
        </div>
      </div>
    `;
  }

  #choices() {
    const { phase } = this.enrollment;
    const enrolled = phase === 'enrolled';
    const off = this.disabled || phase === 'checking';
    return html`
      <div class="row">
        <button
          type="button"
          class=${enrolled ? '' : 'primary'}
          ?disabled=${off}
          @click=${() => request(this, 'enroll-record-request', undefined)}
        >
          ${enrolled ? 'Record again' : 'Record my voice'}
        </button>
        <button type="button" ?disabled=${off} @click=${this.#chooseFile}>Use a file…</button>
        <input
          type="file"
          accept="audio/*,.wav,.flac,.mp3,.m4a,.ogg,.opus"
          tabindex="-1"
          @change=${this.#file}
        />
      </div>
    `;
  }

  readonly #chooseFile = () => {
    this.renderRoot.querySelector('input')!.click();
  };

  readonly #file = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // So that choosing the same file again is a change.
    input.value = '';
    if (file) request(this, 'enroll-file-request', file);
  };
}

customElements.define('clue-enroller', ClueEnroller);

declare global {
  interface HTMLElementTagNameMap {
    'clue-enroller': ClueEnroller;
  }
}
