// Every tensor that a model of a given configuration must hold, with its shape: docs/model-format.md as code.
import type { CrossMambaSizes, ModelConfig } from './model-types.ts';

type Shapes = Map<string, readonly number[]>;

/** Names and shapes of all tensors. */
export function expectedTensors({ frame, band_edges, extractor, clue_encoder }: ModelConfig): Shapes {
  const shapes: Shapes = new Map();
  const bins = frame / 2 + 1;
  const bands = band_edges.length - 1;
  const { d_model: d, width, embedding, clue_hidden } = extractor;

  for (let k = 0; k < bands; k++) {
    const w = band_edges[k + 1] - band_edges[k];
    linear(shapes, `extractor.split.${k}`, d, 3 * w);
    linear(shapes, `extractor.mask.${k}`, 2 * w, d);
  }
  norm(shapes, 'extractor.norm_in', d);
  shapes.set('extractor.band', [bands, 1, d]);
  linear(shapes, 'extractor.clue_hidden', clue_hidden, embedding);
  linear(shapes, 'extractor.clue_out', bands * d, clue_hidden);
  norm(shapes, 'extractor.clue_norm', d);
  linear(shapes, 'extractor.scale', d, d);
  linear(shapes, 'extractor.shift', d, d);
  norm(shapes, 'extractor.norm_out', d);
  for (let l = 0; l < extractor.layers; l++) {
    const block = `extractor.blocks.${l}`;
    const fullBand = `${block}.full_band`;
    norm(shapes, `${fullBand}.norm`, d);
    linear(shapes, `${fullBand}.down`, width, bands * d);
    norm(shapes, `${fullBand}.norm_wide`, width);
    norm(shapes, `${fullBand}.norm_query`, width);
    norm(shapes, `${fullBand}.norm_up`, width);
    linear(shapes, `${fullBand}.clue`, width, bands * d);
    crossMamba(shapes, `${fullBand}.mamba`, {
      ...extractor,
      d_model: width,
      dt_rank: extractor.dt_rank_wide,
    });
    linear(shapes, `${fullBand}.up`, bands * d, width);
    norm(shapes, `${block}.norm`, d);
    norm(shapes, `${block}.norm_query`, d);
    linear(shapes, `${block}.clue`, d, d);
    crossMamba(shapes, `${block}.mamba`, extractor);
  }

  const e = clue_encoder.d_model;
  linear(shapes, 'clue_encoder.input', e, bins);
  norm(shapes, 'clue_encoder.norm_in', e);
  for (let l = 0; l < clue_encoder.layers; l++) {
    norm(shapes, `clue_encoder.layers.${l}.norm`, e);
    crossMamba(shapes, `clue_encoder.layers.${l}.mamba`, clue_encoder);
  }
  norm(shapes, 'clue_encoder.norm_out', e);
  linear(shapes, 'clue_encoder.attention', 1, e);
  linear(shapes, 'clue_encoder.output', clue_encoder.embedding, 2 * e);
  return shapes;
}

function linear(shapes: Shapes, name: string, outputs: number, inputs: number): void {
  shapes.set(`${name}.weight`, [outputs, inputs]);
  shapes.set(`${name}.bias`, [outputs]);
}

function norm(shapes: Shapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width]);
  shapes.set(`${name}.bias`, [width]);
}

function crossMamba(shapes: Shapes, name: string, sizes: Omit<CrossMambaSizes, 'sequences'>): void {
  const { d_model, d_state, d_conv, expand, dt_rank } = sizes;
  const d_inner = expand * d_model;
  shapes.set(`${name}.in_proj.weight`, [2 * d_inner, d_model]);
  shapes.set(`${name}.conv`, [d_conv, d_inner]);
  shapes.set(`${name}.conv_bias`, [d_inner]);
  shapes.set(`${name}.x_proj.weight`, [dt_rank + d_state, d_inner]);
  shapes.set(`${name}.q_proj.weight`, [d_state, d_model]);
  linear(shapes, `${name}.dt_proj`, d_inner, dt_rank);
  shapes.set(`${name}.A_log`, [d_state, d_inner]);
  shapes.set(`${name}.D`, [d_inner]);
  shapes.set(`${name}.out_proj.weight`, [d_model, d_inner]);
}
