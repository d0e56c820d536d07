// What <live-monitor> shows: notices, spectrograms with levels, the recording, figures.
import { html, nothing } from 'lit';
import '../../components/spectrogram/db-legend.ts';
import '../../components/readouts/figure-list.ts';
import '../../components/readouts/level-meter.ts';
import '../../components/readouts/notice-box.ts';
import '../../components/controls/select-field.ts';
import '../../components/spectrogram/spectrogram-view.ts';
import '../../components/controls/take-player.ts';
import type { BackendChoice, Extractor } from '../../src/index.ts';
import type { LiveController } from './controller.ts';
import type { LiveGraph } from './graph.ts';
import { backendOptions, figures } from './parts.ts';
import type { LiveMonitorTexts } from './texts.ts';
import type { LevelState, LiveState } from './state.ts';
import { sentence } from '../shared/sentence.ts';

/** `voice`: whose is followed; null where no name is known. `addTake`: null where no recording of it can be added. */
export function notices(
  texts: LiveMonitorTexts,
  state: LiveState,
  voice: string | null,
  addTake: (() => void) | null,
) {
  const { error, notSwitched, takenOver, inputChange, latencyChange, isUnheard } = state;
  return [
    error && notice('error', texts.notRunning, sentence(error)),
    notSwitched && notice('error', texts.notSwitched, sentence(notSwitched)),
    takenOver && notice('notice', texts.goodToKnow, texts.backendChanged(takenOver)),
    inputChange && notice('notice', texts.goodToKnow, texts.inputChanged(inputChange.label, inputChange.why)),
    latencyChange &&
      notice('notice', texts.goodToKnow, texts.latencyChanged(latencyChange.latencyMs, latencyChange.why)),
    isUnheard
      ? notice('notice', texts.unheard, texts.unheardAdvice(voice), addTakeButton(texts, addTake))
      : nothing,
  ];
}

/** `help`: a button that helps. */
function notice(kind: 'notice' | 'error', heading: string, text: string, help: unknown = nothing) {
  return html`<notice-box kind=${kind} heading=${heading} text=${text}>${help}</notice-box>`;
}

function addTakeButton(texts: LiveMonitorTexts, addTake: (() => void) | null) {
  if (addTake === null) return nothing;
  return html`<button type="button" id="add-take" @click=${addTake}>${texts.addTake}</button>`;
}

/** `graph`: where the sound can be looked at. */
export function spectrograms(texts: LiveMonitorTexts, state: LiveState, graph: LiveGraph | undefined) {
  const active = state.run === 'running' && state.status !== 'paused' && state.status !== 'stalled';
  return html`
    <div class="sides" part="spectrograms">
      <div class="side">
        <div class="caption"><h3>${texts.mixture}</h3></div>
        <spectrogram-view
          .source=${graph?.mixture ?? null}
          label=${texts.mixtureSpectrogram}
          ?active=${active}
        ></spectrogram-view>
        ${meter(texts, texts.mixtureLevel, state.mixture)}
      </div>
      <div class="side">
        <div class="caption">
          <h3>${texts.estimate}</h3>
          ${speaks(texts, state.speaks)}
        </div>
        <spectrogram-view
          .source=${graph?.estimate ?? null}
          label=${texts.estimateSpectrogram}
          ?active=${active}
        ></spectrogram-view>
        ${meter(texts, texts.estimateLevel, state.estimate)}
      </div>
    </div>
    <db-legend></db-legend>
  `;
}

function meter({ silent, clipped }: LiveMonitorTexts, label: string, { rmsDb, peakDb }: LevelState) {
  return html`<level-meter
    label=${label}
    silent=${silent}
    clipped=${clipped}
    .rmsDb=${rmsDb}
    .peakDb=${peakDb}
  ></level-meter>`;
}

function speaks(texts: LiveMonitorTexts, doesSpeak: boolean | null) {
  if (doesSpeak === null) return nothing;
  return html`
    <span class=${doesSpeak ? 'speaks yes' : 'speaks'} title=${texts.speakingHint}>
      ${doesSpeak ? texts.speaking : texts.notSpeaking}
    </span>
  `;
}

export function recording(texts: LiveMonitorTexts, { take }: LiveState) {
  if (take === null) return nothing;
  return html`
    <section class="take" aria-labelledby="take">
      <h3 id="take">${texts.recording}</h3>
      <take-player .take=${take} .texts=${texts.take}></take-player>
    </section>
  `;
}

export function figureSection(
  texts: LiveMonitorTexts,
  state: LiveState,
  extractor: Extractor | null,
  controller: LiveController | undefined,
) {
  const report = extractor?.report;
  return html`
    <section class="figures" part="figures" aria-label=${texts.details}>
      <figure-list .figures=${figures(texts, state, extractor)}></figure-list>
      <select-field
        id="backend"
        label=${texts.backend}
        .options=${backendOptions(texts, state, report?.backend)}
        value=${state.backend}
        hint=${state.switching ? texts.switching : (report?.reason ?? '')}
        ?disabled=${report === undefined}
        ?busy=${state.switching}
        @select-request=${({ detail }: CustomEvent<BackendChoice>) => void controller?.setBackend(detail)}
      ></select-field>
    </section>
  `;
}
