// The public element that measures latency: every hop live, the delay the extractor adds, the loop from loudspeaker to microphone.
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { controls } from '../../components/shared/controls.styles.ts';
import { define } from '../../components/shared/define.ts';
import '../../components/latency/latency-takes.ts';
import '../../components/readouts/notice-box.ts';
import { theme } from '../../components/shared/theme.styles.ts';
import { unlessDisabled } from '../../components/shared/unless-disabled.ts';
import { openMicrophone } from '../../src/index.ts';
import type { Extractor } from '../../src/index.ts';
import { openLoopRig } from '../../src/latency/loop-rig.ts';
import type { LoopRig } from '../../src/latency/loop.ts';
import type { LatencyReport } from '../../src/shared/latency-report.ts';
import { findings } from '../../src/shared/latency-verdict.ts';
import { downloadReport } from './export.ts';
import { LatencyLive } from './live.ts';
import { LatencyMeasurements } from './measurements.ts';
import { foundReport, latencyReport } from './parts.ts';
import { findingList, hopsView, loopResult, nodeResult } from './results.ts';
import { styles } from './styles.ts';
import { LATENCY_METER_TEXTS } from './texts.ts';
import type { LatencyMeterTexts } from './texts.ts';
import { runOnNoise } from './noise.ts';
import type { Listen } from '../shared/events.ts';
import { sentence } from '../shared/sentence.ts';

/** What <latency-meter> fires, by name. */
export interface LatencyMeterEvents {
  'report-change': CustomEvent<{ report: LatencyReport }>;
}

/**
 * Measures what delay there is and where it comes from, on the machine it runs on: the times of every hop, the delay that the extractor adds
 * (by correlation, to the sample), the loop from loudspeaker to microphone (repeated, refused where it is not clear), what the browser claims;
 * says in words what dominates and what to change.
 *
 * Where the extractor runs already, its figures are shown; else it can be run on a noise of the element's own.
 *
 * @fires {CustomEvent<{report: LatencyReport}>} report-change - a measurement ended
 * @csspart verdict - what the figures mean
 * @csspart live - figures, charts and table of the hops
 * @csspart node - the added delay
 * @csspart loop - loudspeaker to microphone
 * @cssprop --crossmamba-accent - buttons and charts
 * @cssprop --crossmamba-on-accent - text on the accent colour
 * @cssprop --crossmamba-text - text
 * @cssprop --crossmamba-surface - background
 * @cssprop --crossmamba-border - lines
 * @cssprop --crossmamba-radius - corners
 * @cssprop --crossmamba-font - font family
 */
export class LatencyMeter extends LitElement {
  static override styles = [theme, controls, styles];
  static override properties = {
    extractor: { attribute: false },
    texts: { attribute: false },
    openRig: { attribute: false },
    runError: { state: true },
    starting: { state: true },
    stopping: { state: true },
  };

  /** What is measured; null: it is being loaded. */
  declare extractor: Extractor | null;
  /** Texts that replace the English ones. */
  declare texts: Partial<LatencyMeterTexts>;
  /** Opens the loudspeaker and the microphone of the loop; by default those of the machine. */
  declare openRig: () => Promise<LoopRig>;
  declare addEventListener: Listen<LatencyMeter, LatencyMeterEvents>;
  declare removeEventListener: Listen<LatencyMeter, LatencyMeterEvents>;
  declare private runError: string | null;
  declare private starting: boolean;
  declare private stopping: boolean;
  readonly #live = new LatencyLive(this);
  readonly #measurements = new LatencyMeasurements(this);
  /** Ends the run on noise, where the element began one. */
  #stopNoise: (() => Promise<void>) | undefined;

  constructor() {
    super();
    this.extractor = null;
    this.texts = {};
    this.openRig = () => openLoopRig(openMicrophone);
    this.runError = null;
    this.starting = false;
    this.stopping = false;
  }

  /** All that was measured so far, as it is exported. */
  get report(): LatencyReport {
    return latencyReport(this.#found, this.#texts);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.#stop();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('extractor')) return;
    void this.#stopNoise?.();
    this.#stopNoise = undefined;
    this.#live.follow(this.extractor);
    this.#measurements.forgetNode();
  }

  override render() {
    const { starting } = this;
    const texts = this.#texts;
    const { extractor } = this.#found;
    return html`
      ${this.#verdict(texts)}
      <section part="live" aria-label=${texts.live}>
        <div class="head">
          <div>
            <h2>${texts.live}</h2>
            <p>${this.#isForeign ? texts.foreignHint : texts.liveHint}</p>
          </div>
          ${
            this.#isForeign
              ? nothing
              : html`<button
                  id="run"
                  class="primary"
                  ?disabled=${extractor === null}
                  aria-disabled=${this.#isBusy}
                  @click=${unlessDisabled(() => this.#toggle())}
                >
                  ${starting ? texts.starting : this.#live.isRunning ? texts.stop : texts.start}
                </button>`
          }
        </div>
        ${this.runError === null ? nothing : html`<notice-box kind="error" .text=${this.runError}></notice-box>`}
        ${extractor === null ? html`<p role="status">${texts.loading}</p>` : hopsView(extractor, this.#live, texts)}
      </section>
      <div class="tests">${this.#node(texts)} ${this.#loop(texts)}</div>
    `;
  }

  get #texts(): LatencyMeterTexts {
    return { ...LATENCY_METER_TEXTS, ...this.texts };
  }

  get #found() {
    const { node, loop } = this.#measurements;
    return { extractor: this.extractor, stats: this.#live.stats, node, loop };
  }

  /** It runs, and not because of this element. */
  get #isForeign(): boolean {
    return (
      this.#live.isRunning &&
      this.#stopNoise === undefined &&
      !this.starting &&
      !this.stopping &&
      this.#measurements.underWay !== 'node'
    );
  }

  /** One thing at a time: a run on noise that begins or ends, or a measurement. */
  get #isBusy(): boolean {
    return this.starting || this.stopping || this.#measurements.underWay !== null;
  }

  #verdict(texts: LatencyMeterTexts) {
    const all = findings(foundReport(this.#found));
    return html`
      <section part="verdict" aria-label=${texts.verdict}>
        <div class="head">
          <h2>${texts.verdict}</h2>
          <button id="export" ?disabled=${all.length === 0} @click=${() => downloadReport(this.report)}>
            ${texts.exportReport}
          </button>
        </div>
        ${all.length === 0 ? html`<p class="soft">${texts.nothingYet}</p>` : findingList(all, texts)}
      </section>
    `;
  }

  #node(texts: LatencyMeterTexts) {
    const { node, underWay } = this.#measurements;
    const isBlocked = this.extractor === null || this.#isForeign;
    return html`
      <section part="node" aria-label=${texts.node}>
        <div class="head">
          <div>
            <h2>${texts.node}</h2>
            <p>${texts.nodeHint}</p>
          </div>
        </div>
        <div class="actions">
          <button
            id="node"
            ?disabled=${isBlocked}
            aria-disabled=${this.#isBusy}
            @click=${unlessDisabled(() => this.#measureNode())}
          >
            ${underWay === 'node' ? texts.measuring : texts.measureNode}
          </button>
        </div>
        ${this.#isForeign ? html`<p class="note">${texts.stopFirst}</p>` : nothing} ${this.#errorIn('node')}
        <div role="status">${node === null ? nothing : nodeResult(node, texts)}</div>
      </section>
    `;
  }

  #loop(texts: LatencyMeterTexts) {
    const { loop, takes, repeats, underWay } = this.#measurements;
    const isUnderWay = underWay === 'loop';
    return html`
      <section part="loop" aria-label=${texts.loop}>
        <div class="head">
          <div>
            <h2>${texts.loop}</h2>
            <p>${texts.loopHint}</p>
          </div>
        </div>
        <div class="actions">
          <button id="loop" aria-disabled=${this.#isBusy} @click=${unlessDisabled(() => this.#measureLoop())}>
            ${isUnderWay ? texts.measuring : texts.measureLoop}
          </button>
          ${
            isUnderWay
              ? html`<button id="cancel" @click=${() => this.#measurements.cancel()}>${texts.cancel}</button>`
              : nothing
          }
        </div>
        ${this.#errorIn('loop')}
        ${
          isUnderWay && repeats > 0
            ? html`<progress
                max=${repeats}
                value=${takes.length}
                aria-label=${texts.progress(takes.length, repeats)}
              ></progress>`
            : nothing
        }
        ${takes.length === 0 ? nothing : html`<latency-takes .takes=${takes} .caption=${texts.takes}></latency-takes>`}
        <div role="status">${loop === null ? nothing : loopResult(loop, texts)}</div>
      </section>
    `;
  }

  #errorIn(name: 'node' | 'loop') {
    const { error } = this.#measurements;
    return error?.in === name ? html`<notice-box kind="error" .text=${error.text}></notice-box>` : nothing;
  }

  async #toggle(): Promise<void> {
    const { extractor } = this;
    this.runError = null;
    if (this.#live.isRunning || extractor === null) {
      await this.#stop();
      return;
    }
    this.starting = true;
    try {
      const stop = await runOnNoise(extractor, () => {
        if (this.#stopNoise === stop) this.#stopNoise = undefined;
      });
      if (this.isConnected && extractor === this.extractor) this.#stopNoise = stop;
      else await stop();
    } catch (error) {
      this.runError = sentence(error);
    } finally {
      this.starting = false;
    }
  }

  /** Ends the run on noise. */
  async #stop(): Promise<void> {
    const stop = this.#stopNoise;
    this.#stopNoise = undefined;
    if (stop === undefined) return;
    this.stopping = true;
    try {
      await this.#live.look();
      await stop();
    } finally {
      this.stopping = false;
    }
    this.#changed();
  }

  async #measureNode(): Promise<void> {
    const { extractor } = this;
    if (extractor === null) return;
    await this.#stop();
    if (extractor !== this.extractor) return;
    this.#live.isHeld = true;
    await this.#measurements.measureNode(extractor);
    this.#live.isHeld = false;
    this.#changed();
  }

  async #measureLoop(): Promise<void> {
    await this.#stop();
    await this.#measurements.measureLoop(() => this.openRig());
    this.#changed();
  }

  /** Where the button to cancel goes, the keyboard goes to the one beside it. */
  protected override update(changed: PropertyValues<this>): void {
    const { activeElement } = this.shadowRoot!;
    super.update(changed);
    if (activeElement?.id === 'cancel' && !activeElement.isConnected)
      this.renderRoot.querySelector<HTMLElement>('#loop')!.focus();
  }

  #changed(): void {
    this.requestUpdate();
    this.dispatchEvent(
      new CustomEvent('report-change', { detail: { report: this.report }, bubbles: true, composed: true }),
    );
  }
}

define('latency-meter', LatencyMeter);

declare global {
  interface HTMLElementTagNameMap {
    'latency-meter': LatencyMeter;
  }
}
