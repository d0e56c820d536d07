// The figures of a running extractor: delay, time of a step, losses, and what computes.
import { LitElement, html, nothing } from 'lit';
import { NO_STATS } from './app-state.ts';
import type { StatsState } from './app-state.ts';
import { styles } from './session-stats.styles.ts';

const BACKENDS: Readonly<Record<string, string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  reference: 'JavaScript',
  '': '—',
};

const milliseconds = (value: number | null) => (value === null ? '—' : `${value.toFixed(1)} ms`);
const count = (value: number) => value.toLocaleString('en');

/**
 * A extractor's figures.
 */
export class SessionStats extends LitElement {
  static override styles = styles;
  static override properties = { stats: { attribute: false } };

  declare stats: StatsState;

  constructor() {
    super();
    this.stats = NO_STATS;
  }

  override render() {
    const { stats } = this;
    const rate = stats.contextRateHz === null ? '' : ` at ${stats.contextRateHz / 1000} kHz`;
    return html`
      <dl>
        ${entry('Delay added', milliseconds(stats.latencyMs), latencyNote(stats))}
        ${entry('Step, median', milliseconds(stats.stepP50Ms), 'every 8 ms')}
        ${entry('Step, 99 %', milliseconds(stats.stepP99Ms))} ${entry('Steps', count(stats.hops))}
        ${losses('Deadlines missed', stats.missedDeadlines, `${count(stats.missedSamples)} samples`)}
        ${losses('Steps left out', stats.skippedHops, 'for lack of time')}
        ${losses('Input dropped', stats.droppedSamples, 'samples')}
        ${losses('Invalid input', stats.nonFiniteSamples, 'samples taken as silence')}
        <div class="wide">
          <dt>Computed by</dt>
          <dd>${(BACKENDS[stats.backend] ?? stats.backend) + rate}</dd>
          <dd class="note">${stats.backendReason}</dd>
        </div>
      </dl>
    `;
  }
}

function latencyNote({ latencyMs, slackMs }: StatsState) {
  return latencyMs === null ? undefined : `of it ${slackMs} ms to compute in`;
}

function entry(name: string, value: string, note?: string) {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
      ${note === undefined ? nothing : html`<dd class="note">${note}</dd>`}
    </div>
  `;
}

function losses(name: string, value: number, note: string) {
  return html`
    <div>
      <dt>${name}</dt>
      <dd class=${value > 0 ? 'losses' : ''}>${count(value)}</dd>
      <dd class="note">${note}</dd>
    </div>
  `;
}

customElements.define('session-stats', SessionStats);

declare global {
  interface HTMLElementTagNameMap {
    'session-stats': SessionStats;
  }
}
