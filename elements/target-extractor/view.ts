// What <target-extractor> shows itself: how far the model is, and the demonstration.
import { html, nothing } from 'lit';
import '../../components/readouts/notice-box.ts';
import type { LoadState } from '../shared/own-extractor.ts';
import { sentence } from '../shared/sentence.ts';
import type { TargetExtractorTexts } from './texts.ts';

export function loading(texts: TargetExtractorTexts, { phase, share, error }: LoadState, retry: () => void) {
  if (phase === 'failed' || phase === 'lost')
    return html`
      <notice-box
        kind="error"
        heading=${phase === 'lost' ? texts.engineLost : texts.loadingFailed}
        text=${sentence(error)}
      >
        <button type="button" id="retry" @click=${retry}>${texts.tryAgain}</button>
      </notice-box>
    `;
  if (phase !== 'loading') return nothing;
  return html`
    <div class="loading" part="loading">
      <label for="progress">${texts.loading(share)}</label>
      <progress id="progress" max="1" value=${share ?? nothing}></progress>
    </div>
  `;
}

export interface DemonstrationState {
  /** It was asked for before the model was there. */
  readonly waits: boolean;
  readonly disabled: boolean;
  readonly error: string | null;
}

export function demonstration(texts: TargetExtractorTexts, state: DemonstrationState, play: () => void) {
  const { waits, disabled, error } = state;
  return html`
    <section part="demonstration" aria-labelledby="without">
      <h2 id="without">${texts.demoHeading}</h2>
      <p class="soft">${texts.demoText}</p>
      <div class="row">
        <button
          type="button"
          id="demo"
          aria-describedby=${waits ? 'waits' : nothing}
          ?disabled=${disabled}
          @click=${play}
        >
          ${texts.demoPlay}
        </button>
        <span class="soft" role="status" id="waits">${waits ? texts.demoWaits : ''}</span>
      </div>
      ${
        error === null
          ? nothing
          : html`<notice-box kind="error" heading=${texts.demoFailed} text=${error}></notice-box>`
      }
    </section>
  `;
}
