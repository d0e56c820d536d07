// All bands squeezed into one vector with a CrossMamba of its own along time: what tells voices apart spans the spectrum.
import { CrossMambaLayer } from './cross-mamba-layer.ts';
import { LayerNorm, Linear } from './linear.ts';
import { siluAll } from './math.ts';
import type { Weights } from './weights.ts';
import type { ExtractorConfig } from '../../shared/model.ts';

export class FullBand {
  readonly mamba: CrossMambaLayer;
  readonly #norm: LayerNorm;
  readonly #down: Linear;
  readonly #normWide: LayerNorm;
  readonly #normQuery: LayerNorm;
  readonly #normUp: LayerNorm;
  readonly #up: Linear;
  readonly #bands: Float32Array; // [K, d]
  readonly #g: Float32Array; // [W]
  readonly #h: Float32Array; // [W]
  readonly #query: Float32Array; // [W]

  constructor(weights: Weights, config: ExtractorConfig, bands: number) {
    const { d_model, width, dt_rank_wide } = config;
    const sizes = { ...config, sequences: 1, d_model: width, dt_rank: dt_rank_wide };
    this.mamba = new CrossMambaLayer(weights.in('mamba'), sizes);
    this.#norm = new LayerNorm(weights.in('norm'));
    this.#down = new Linear(weights.in('down'), bands * d_model, width);
    this.#normWide = new LayerNorm(weights.in('norm_wide'));
    this.#normQuery = new LayerNorm(weights.in('norm_query'));
    this.#normUp = new LayerNorm(weights.in('norm_up'));
    this.#up = new Linear(weights.in('up'), width, bands * d_model);
    this.#bands = new Float32Array(bands * d_model);
    this.#g = new Float32Array(width);
    this.#h = new Float32Array(width);
    this.#query = new Float32Array(width);
  }

  /** `x` [K, d] in place; `clue` [W]: the clue's part of the query. */
  step(x: Float32Array, clue: Float32Array): void {
    const g = this.#g;
    const h = this.#h;
    this.#norm.apply(x, this.#bands);
    this.#down.apply(this.#bands, g);
    this.#normWide.apply(g, h);
    for (let i = 0; i < h.length; i++) this.#query[i] = h[i] * clue[i];
    this.#normQuery.apply(this.#query, this.#query);
    this.mamba.step(this.#query, h, g);
    this.#normUp.apply(g, h);
    siluAll(h, 0, h.length, this.#query);
    this.#up.apply(h, this.#bands);
    for (let i = 0; i < x.length; i++) x[i] += this.#bands[i];
  }
}
