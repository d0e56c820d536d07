// Each band along time, one CrossMamba sequence a band; all bands share the weights.
import { CrossMambaLayer } from './cross-mamba-layer.ts';
import { LayerNorm } from './linear.ts';
import type { Weights } from './weights.ts';
import type { ExtractorConfig } from '../../shared/model.ts';

export class Bands {
  readonly mamba: CrossMambaLayer;
  readonly #norm: LayerNorm;
  readonly #normQuery: LayerNorm;
  readonly #h: Float32Array; // [K, d]
  readonly #query: Float32Array; // [K, d]

  constructor(weights: Weights, config: ExtractorConfig, bands: number) {
    this.mamba = new CrossMambaLayer(weights.in('mamba'), { ...config, sequences: bands });
    this.#norm = new LayerNorm(weights.in('norm'));
    this.#normQuery = new LayerNorm(weights.in('norm_query'));
    this.#h = new Float32Array(bands * config.d_model);
    this.#query = new Float32Array(bands * config.d_model);
  }

  /** `x` [K, d] in place; `clue` [K, d]: the clue's part of the query. */
  step(x: Float32Array, clue: Float32Array): void {
    const h = this.#h;
    this.#norm.apply(x, h);
    for (let i = 0; i < h.length; i++) this.#query[i] = h[i] * clue[i];
    this.#normQuery.apply(this.#query, this.#query);
    this.mamba.step(this.#query, h, x);
  }
}
