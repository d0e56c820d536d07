// One hop of the extractor as an ONNX file: features, the clue's terms and the states in; mask and states out. What mixes along time is
// CrossMamba as in the model, or what takes its place.
import { FEATURES_PER_BIN } from '../../src/shared/features.ts';
import type { Model } from '../../src/shared/model.ts';
import { GraphBuilder, type GraphFile, type Value } from './graph.ts';
import { Layers } from './layers.ts';

/** Which of a block's two layers along time: one sequence, or one a band. */
export type Place = 'full_band' | 'bands';

export interface Mixing {
  /** Declares the states that come in. */
  begin(layers: Layers): void;
  /** One layer: `query` and `x` [S, d_model] → [S, d_model]. */
  step(layers: Layers, block: number, place: Place, query: Value, x: Value): Value;
  /** Names the states that go out. */
  end(layers: Layers): void;
}

/**
 * Inputs beside the states: `features` [1, bins · 3]; `clue_bands` [(2 + layers) · K, d]: scale, shift, then each block's bandQuery;
 * `clue_wide` [layers, W]: each block's fullBandQuery. Output beside them: `mask` [1, bins · 2].
 * `widest`: as of GraphBuilder.
 */
export function hopFile(model: Model, mixing: Mixing, widest?: number): GraphFile {
  const { band_edges: edges, frame, extractor } = model.config;
  const { d_model: d, width, layers: blocks } = extractor;
  const K = edges.length - 1;
  const bins = frame / 2 + 1;
  const graph = new GraphBuilder(widest);
  const layers = new Layers(graph, model);
  const same = (count: number, size: number): number[] => Array.from({ length: count }, () => size);

  const features = graph.input('features', [1, FEATURES_PER_BIN * bins]);
  const [scale, shift, ...bandQuery] = graph.split(
    graph.input('clue_bands', [(2 + blocks) * K, d]),
    0,
    same(2 + blocks, K),
  );
  const wide = graph.input('clue_wide', [blocks, width]);
  const fullBandQuery = blocks === 1 ? [wide] : graph.split(wide, 0, same(blocks, 1));
  mixing.begin(layers);

  const widths = edges.slice(1).map((edge, k) => FEATURES_PER_BIN * (edge - edges[k]));
  const bands = graph.split(features, 1, widths).map((band, k) => layers.linear(`split.${k}`, band));
  let x = layers.norm('norm_in', layers.concat(bands, 0)); // [K, d]
  x = layers.add(x, graph.constant(layers.data('band'), [K, d]));
  x = layers.add(layers.multiply(x, scale), shift);
  for (let l = 0; l < blocks; l++) {
    const block = `blocks.${l}`;
    const fullBand = `${block}.full_band`;
    const all = layers.reshape(layers.norm(`${fullBand}.norm`, x), 1, K * d);
    let g = layers.linear(`${fullBand}.down`, all); // [1, W]
    const hWide = layers.norm(`${fullBand}.norm_wide`, g);
    const qWide = layers.norm(`${fullBand}.norm_query`, layers.multiply(hWide, fullBandQuery[l]));
    g = layers.add(g, mixing.step(layers, l, 'full_band', qWide, hWide));
    const up = layers.linear(`${fullBand}.up`, layers.silu(layers.norm(`${fullBand}.norm_up`, g)));
    x = layers.add(x, layers.reshape(up, K, d));
    const h = layers.norm(`${block}.norm`, x); // [K, d]
    const q = layers.norm(`${block}.norm_query`, layers.multiply(h, bandQuery[l]));
    x = layers.add(x, mixing.step(layers, l, 'bands', q, h));
  }
  const out = graph.split(layers.norm('norm_out', x), 0, same(K, 1));
  const mask = layers.concat(
    out.map((band, k) => layers.linear(`mask.${k}`, band)),
    1,
  );
  graph.output('mask', mask, [1, 2 * bins]);
  mixing.end(layers);
  return graph.file('extractor');
}
