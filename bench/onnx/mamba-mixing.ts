// CrossMamba between the extractor's layers, its states packed by kind: a run of a graph costs something for every tensor handed over.
import type { CrossMambaSizes, Model } from '../../src/shared/model.ts';
import type { Mixing, Place } from './extractor.ts';
import type { Value } from './graph.ts';
import { crossMamba, type Layers } from './layers.ts';

const PLACES: readonly Place[] = ['full_band', 'bands'];

export function sizesAt({ config }: Model, place: Place): CrossMambaSizes {
  const { extractor, band_edges } = config;
  return place === 'bands'
    ? { ...extractor, sequences: band_edges.length - 1 }
    : { ...extractor, sequences: 1, d_model: extractor.width, dt_rank: extractor.dt_rank_wide };
}

/** The states' names and shapes, going in; going out, `next_` stands before the name. Zeros at first. */
export function mambaStates(model: Model): Map<string, readonly number[]> {
  const { layers } = model.config.extractor;
  const shapes = new Map<string, readonly number[]>();
  for (const place of PLACES) {
    const { sequences, d_model, d_state, d_conv, expand } = sizesAt(model, place);
    shapes.set(`conv.${place}`, [layers * (d_conv - 1), sequences, expand * d_model]);
    shapes.set(`ssm.${place}`, [layers * sequences, d_state, expand * d_model]);
  }
  return shapes;
}

export function mambaMixing(model: Model): Mixing {
  const before = new Map<string, Value[]>();
  const after = new Map<string, Value[]>();
  const blocks = model.config.extractor.layers;
  return {
    begin({ graph }) {
      for (const [name, shape] of mambaStates(model)) {
        const packed = graph.input(name, shape);
        const sizes = Array.from({ length: blocks }, () => shape[0] / blocks);
        before.set(name, blocks === 1 ? [packed] : graph.split(packed, 0, sizes));
        after.set(name, []);
      }
    },
    step(layers, block, place, query, x) {
      const name = `blocks.${block}.${place === 'bands' ? '' : 'full_band.'}mamba`;
      const states = { conv: before.get(`conv.${place}`)![block], ssm: before.get(`ssm.${place}`)![block] };
      const { out, states: next } = crossMamba(layers, name, sizesAt(model, place), { query, x, states });
      after.get(`conv.${place}`)!.push(next.conv);
      after.get(`ssm.${place}`)!.push(next.ssm);
      return out;
    },
    end(layers: Layers) {
      for (const [name, shape] of mambaStates(model))
        layers.graph.output(`next_${name}`, layers.concat(after.get(name)!, 0), shape);
    },
  };
}
