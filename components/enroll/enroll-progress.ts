// A voice while it is recorded: how much of it there is, how loud it is, what to do better.
import { LitElement, html } from 'lit';
import type { EnrollmentGuidance } from '../../src/shared/enrollment.ts';
import { CLUE_ENROLLER_TEXTS } from './clue-enroller.texts.ts';
import type { ClueEnrollerTexts } from './clue-enroller.texts.ts';
import { controls } from '../shared/controls.styles.ts';
import { define } from '../shared/define.ts';
import { styles } from './enroll-progress.styles.ts';
import '../readouts/level-meter.ts';

export interface RecordingState {
  /** 0…1 of the voice that is wanted. */
  readonly share: number;
  readonly guidance: EnrollmentGuidance;
  /** dBFS; −∞ is silence. */
  readonly levelDb: number;
  readonly peakDb: number;
  /** Why nothing is recorded for a while; null where all is well. */
  readonly interruption: string | null;
}

export const NOTHING_RECORDED: RecordingState = {
  share: 0,
  guidance: 'starting',
  levelDb: -Infinity,
  peakDb: -Infinity,
  interruption: null,
};

const FINE: readonly EnrollmentGuidance[] = ['starting', 'go-on', 'enough'];

/**
 * A recording that goes on.
 *
 * @fires finish-request - end it and use what there is
 * @fires cancel-request - end it and forget it
 */
export class EnrollProgress extends LitElement {
  static override styles = [controls, styles];
  static override properties = { texts: { attribute: false }, recording: { attribute: false } };

  declare texts: ClueEnrollerTexts;
  declare recording: RecordingState;

  constructor() {
    super();
    this.texts = CLUE_ENROLLER_TEXTS;
    this.recording = NOTHING_RECORDED;
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLButtonElement>('#finish')?.focus(options);
  }

  override render() {
    const { texts } = this;
    const { share, guidance, levelDb, peakDb, interruption } = this.recording;
    const isFine = interruption === null && FINE.includes(guidance);
    return html`
      <p class="row">
        <span class="dot" aria-hidden="true"></span>
        <strong>${texts.recording}</strong>
        <span class="percentage">${texts.percentage(share)}</span>
      </p>
      <div
        class="track"
        role="progressbar"
        aria-label=${texts.progress}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.floor(100 * share)}
      >
        <div class="done" .style=${`transform: scaleX(${share})`}></div>
      </div>
      <p class=${isFine ? 'guidance' : 'guidance wrong'} role="status">
        ${interruption === null ? texts.guidance[guidance] : texts.interrupted(interruption)}
      </p>
      <level-meter
        label=${texts.level}
        silent=${texts.silent}
        clipped=${texts.clipped}
        .rmsDb=${levelDb}
        .peakDb=${peakDb}
      ></level-meter>
      <figure>
        <figcaption class="soft">${texts.readAloud}</figcaption>
        <blockquote>${texts.passage}</blockquote>
      </figure>
      <div class="row">
        <button type="button" id="finish" class="primary" @click=${() => this.#ask('finish-request')}>
          ${texts.finish}
        </button>
        <button type="button" id="cancel" @click=${() => this.#ask('cancel-request')}>${texts.cancel}</button>
      </div>
    `;
  }

  #ask(name: 'finish-request' | 'cancel-request'): void {
    this.dispatchEvent(new CustomEvent(name));
  }
}

define('enroll-progress', EnrollProgress);

declare global {
  interface HTMLElementTagNameMap {
    'enroll-progress': EnrollProgress;
  }
}
