// The extractor network, one hop at a time: features and clue in, a complex mask out. docs/model-format.md tells the formulas.
import { Bands } from './bands.ts';
import type { CrossMambaLayer } from './cross-mamba-layer.ts';
import { FullBand } from './full-band.ts';
import { LayerNorm, Linear } from './linear.ts';
import { Weights } from './weights.ts';
import type { ClueTerms } from '../../shared/clue-terms.ts';
import { FEATURES_PER_BIN } from '../../shared/features.ts';
import type { Model } from '../../shared/model.ts';

export class Extractor {
  /** Every recurrent layer, in the order of a snapshot: full band, then bands, block by block. */
  readonly layers: readonly CrossMambaLayer[];
  readonly #edges: readonly number[];
  readonly #d_model: number;
  readonly #split: readonly Linear[];
  readonly #normIn: LayerNorm;
  readonly #band: Float32Array; // [K, d]
  readonly #blocks: readonly { readonly fullBand: FullBand; readonly bands: Bands }[];
  readonly #normOut: LayerNorm;
  readonly #mask: readonly Linear[];
  readonly #x: Float32Array; // [K, d]

  constructor(model: Model) {
    const { band_edges: edges, extractor: config } = model.config;
    const weights = new Weights(model, 'extractor');
    const bands = edges.length - 1;
    const d = config.d_model;
    const perBand = <T>(make: (k: number, width: number) => T): T[] =>
      Array.from({ length: bands }, (_, k) => make(k, edges[k + 1] - edges[k]));
    this.#edges = edges;
    this.#d_model = d;
    this.#split = perBand((k, width) => new Linear(weights.in(`split.${k}`), FEATURES_PER_BIN * width, d));
    this.#normIn = new LayerNorm(weights.in('norm_in'));
    this.#band = weights.get('band');
    this.#blocks = Array.from({ length: config.layers }, (_, l) => ({
      fullBand: new FullBand(weights.in(`blocks.${l}.full_band`), config, bands),
      bands: new Bands(weights.in(`blocks.${l}`), config, bands),
    }));
    this.#normOut = new LayerNorm(weights.in('norm_out'));
    this.#mask = perBand((k, width) => new Linear(weights.in(`mask.${k}`), d, 2 * width));
    this.#x = new Float32Array(bands * d);
    this.layers = this.#blocks.flatMap((block) => [block.fullBand.mamba, block.bands.mamba]);
  }

  /** `features` [bins, 3] → `mask` [bins, 2]. */
  step(features: Float32Array, clue: ClueTerms, mask: Float32Array): void {
    const x = this.#x;
    for (let k = 0; k < this.#split.length; k++)
      this.#split[k].apply(features, x, 1, FEATURES_PER_BIN * this.#edges[k], k * this.#d_model);
    this.#normIn.apply(x, x);
    for (let i = 0; i < x.length; i++) x[i] = (x[i] + this.#band[i]) * clue.scale[i] + clue.shift[i];
    for (let l = 0; l < this.#blocks.length; l++) {
      this.#blocks[l].fullBand.step(x, clue.blocks[l].fullBandQuery);
      this.#blocks[l].bands.step(x, clue.blocks[l].bandQuery);
    }
    this.#normOut.apply(x, x);
    for (let k = 0; k < this.#mask.length; k++)
      this.#mask[k].apply(x, mask, 1, k * this.#d_model, 2 * this.#edges[k]);
  }
}
