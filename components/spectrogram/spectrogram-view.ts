// A spectrogram that scrolls, with its frequency axis. Draws only while it can be seen and something runs.
import { LitElement, html } from 'lit';
import type { PropertyValues } from 'lit';
import { colourMap } from './colour-map.ts';
import { define } from '../shared/define.ts';
import { SpectrogramPicture } from './spectrogram-picture.ts';
import type { SpectrumSource } from './spectrogram-picture.ts';
import { heightOf, kilohertz, RowScale, TICKS_HZ } from './spectrogram-scale.ts';
import { styles } from './spectrogram-view.styles.ts';

const SECONDS = 8;
const COLUMNS_PER_S = 60;
const COLUMNS = SECONDS * COLUMNS_PER_S;
const ROWS = 160;

/**
 * The newest 8 s of a sound: time to the right, frequency upwards, level as colour.
 *
 * @csspart picture - the canvas
 */
export class SpectrogramView extends LitElement {
  static override styles = styles;
  static override properties = {
    source: { attribute: false },
    label: { type: String },
    active: { type: Boolean },
  };

  /** Where spectra come from; null keeps the picture as it is. */
  declare source: SpectrumSource | null;
  /** What is shown, for screen readers. */
  declare label: string;
  /** Whether time goes on. */
  declare active: boolean;

  #canvas: CanvasRenderingContext2D | undefined;
  #picture: SpectrogramPicture | undefined;
  #scale: RowScale | undefined;
  #spectrumDb = new Float32Array(0);
  readonly #column = new Uint8Array(ROWS);
  readonly #silence = new Uint8Array(ROWS);
  readonly #dark = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: dark)');
  readonly #still = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-reduced-motion: reduce)');
  #watcher: IntersectionObserver | undefined;
  #isOnScreen = false;
  #frame = 0;
  /** The page's clock at the newest column. */
  #drawnMs = 0;

  constructor() {
    super();
    this.source = null;
    this.label = 'Spectrogram';
    this.active = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watcher = new IntersectionObserver((entries) => {
      this.#isOnScreen = entries.at(-1)!.isIntersecting;
      this.#go();
    });
    this.#watcher.observe(this);
    this.#dark?.addEventListener('change', this.#recolour);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watcher?.disconnect();
    this.#dark?.removeEventListener('change', this.#recolour);
    this.#isOnScreen = false;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  override render() {
    return html`
      <div class="axis" aria-hidden="true">
        <span class="unit">kHz</span>
        ${TICKS_HZ.map(
          (hz) => html`<span .style=${`bottom: ${(100 * heightOf(hz)).toFixed(1)}%`}>${kilohertz(hz)}</span>`,
        )}
      </div>
      <canvas part="picture" role="img" aria-label=${this.label} width=${COLUMNS} height=${ROWS}></canvas>
    `;
  }

  protected override firstUpdated(): void {
    this.#canvas = this.renderRoot.querySelector('canvas')!.getContext('2d', { alpha: false })!;
    this.#picture = new SpectrogramPicture(COLUMNS, ROWS, colourMap(this.#scheme()));
    this.#show();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('source') && this.source !== null) {
      this.#scale = new RowScale(ROWS, this.source.rateHz, this.source.bins);
      this.#spectrumDb = new Float32Array(this.source.bins);
    }
    if (changed.has('active')) {
      this.#drawnMs = performance.now();
      // A page may switch between light and dark by itself, which no media query tells.
      if (changed.get('active') !== undefined) this.#recolour();
    }
    this.#go();
  }

  /** Draws from the next frame on, where there is something to draw. */
  #go(): void {
    if (this.#frame === 0 && this.active && this.#isOnScreen) this.#frame = requestAnimationFrame(this.#draw);
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = 0;
    if (!this.active || !this.#isOnScreen || this.source === null) return;
    this.#frame = requestAnimationFrame(this.#draw);
    const due = Math.floor(((nowMs - this.#drawnMs) * COLUMNS_PER_S) / 1000);
    if (due <= 0) return;
    this.#drawnMs += (1000 * due) / COLUMNS_PER_S;
    // What was not looked at (the tab in the background) was not seen: no sound is made up for it.
    const blank = due > COLUMNS_PER_S / 4 ? Math.min(due - 1, COLUMNS) : 0;
    for (let n = 0; n < blank; n++) this.#picture!.push(this.#silence);
    this.source.read(this.#spectrumDb);
    this.#scale!.fill(this.#spectrumDb, this.#column);
    for (let n = blank > 0 ? due - 1 : 0; n < due; n++) this.#picture!.push(this.#column);
    this.#show();
  };

  #show(): void {
    this.#picture!.show(this.#canvas!, this.#still?.matches ?? false);
  }

  readonly #recolour = (): void => {
    this.#picture?.repaint(colourMap(this.#scheme()));
    if (this.#picture !== undefined) this.#show();
  };

  /** What `light-dark()` comes to here: the canvas's text colour is black on light, white on dark. */
  #scheme(): 'light' | 'dark' {
    const { color } = getComputedStyle(this.renderRoot.querySelector('canvas')!);
    const isDark = color === 'rgb(255, 255, 255)';
    if (this.#canvas !== undefined) this.#canvas.fillStyle = isDark ? '#fff' : '#000';
    return isDark ? 'dark' : 'light';
  }
}

define('spectrogram-view', SpectrogramView);

declare global {
  interface HTMLElementTagNameMap {
    'spectrogram-view': SpectrogramView;
  }
}
