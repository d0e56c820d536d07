// Causal Transformer cross-attention in the place of CrossMamba: the query from the clue ⊙ mixture feature, key and value from the mixture,
// one head, the same widths. The caches of keys and values hold the hops before this one; the graph gives back this hop's key and value,
// and who runs it writes them over the oldest. There is no position in it: so the cache may be a ring. Weights are random: for timing.
import type { Model } from '../../src/shared/model.ts';
import type { Mixing, Place } from './extractor.ts';
import type { Value } from './graph.ts';
import type { Layers } from './layers.ts';
import { sizesAt } from './mamba-mixing.ts';

export interface CacheShapes {
  /** [S, d_model, hops] */
  readonly keys: readonly number[];
  /** [S, hops, d_model] */
  readonly values: readonly number[];
}

const PLACES: readonly Place[] = ['full_band', 'bands'];

/** The caches of a layer for a context of so many hops, this one among them. */
export function cacheShapes(model: Model, place: Place, context: number): CacheShapes {
  const { sequences, d_model } = sizesAt(model, place);
  return { keys: [sequences, d_model, context - 1], values: [sequences, context - 1, d_model] };
}

/** Multiply-accumulates of all attention layers in one hop. */
export function attentionMacs(model: Model, context: number): number {
  const layer = ({ sequences, d_model }: { sequences: number; d_model: number }) =>
    sequences * (4 * d_model * d_model + 2 * context * d_model);
  return PLACES.reduce((sum, place) => sum + model.config.extractor.layers * layer(sizesAt(model, place)), 0);
}

export interface AttentionWeights {
  /** [d, d], with the scale of the scores in it. */
  readonly query: Float32Array;
  /** [d, 2 · d]: key, then value. */
  readonly keyValue: Float32Array;
  /** [d, d] */
  readonly out: Float32Array;
}

/** Random, the same for the same seed; they keep the variance. */
export function attentionWeights(d: number, seed: number): AttentionWeights {
  let state = seed;
  const random = (outputs: number, gain: number): Float32Array =>
    Float32Array.from({ length: d * outputs }, () => {
      state = (state * 48271) % 2147483647;
      return gain * (state / 2147483647 - 0.5) * Math.sqrt(12 / d);
    });
  return { query: random(d, 1 / Math.sqrt(d)), keyValue: random(2 * d, 1), out: random(d, 1) };
}

/** Inputs `keys.{block}.{place}` and `values.{block}.{place}`; outputs `next_keys.{place}` and `next_values.{place}` [layers · S, d_model]. */
export function attentionMixing(model: Model, context: number): Mixing {
  const next = new Map<string, Value[]>();
  for (const place of PLACES) for (const kind of ['keys', 'values']) next.set(`${kind}.${place}`, []);
  return {
    begin() {},
    step(layers, block, place, query, x) {
      const { graph } = layers;
      const { sequences: S, d_model: d } = sizesAt(model, place);
      const shapes = cacheShapes(model, place, context);
      const keys = graph.input(`keys.${block}.${place}`, shapes.keys);
      const values = graph.input(`values.${block}.${place}`, shapes.values);
      const weights = attentionWeights(d, 1 + 2 * block + PLACES.indexOf(place));
      const project = (input: Value, weight: Float32Array) =>
        graph.node('MatMul', [input, graph.constant(weight, [d, weight.length / d])]);
      const q = layers.reshape(project(query, weights.query), S, 1, d);
      const [key, value] = graph.split(project(x, weights.keyValue), 1, [d, d]); // [S, d]
      next.get(`keys.${place}`)!.push(key);
      next.get(`values.${place}`)!.push(value);
      const past = graph.node('MatMul', [q, keys]); // [S, 1, hops]
      const now = graph.node('MatMul', [q, layers.reshape(key, S, d, 1)]); // [S, 1, 1]
      const shares = graph.node('Softmax', [layers.concat([past, now], 2)], { axis: -1 });
      const [ofPast, ofNow] = graph.split(shares, 2, [context - 1, 1]);
      const mixed = layers.add(
        graph.node('MatMul', [ofPast, values]),
        layers.multiply(ofNow, layers.reshape(value, S, 1, d)),
      ); // [S, 1, d]
      return project(layers.reshape(mixed, S, d), weights.out);
    },
    end(layers: Layers) {
      for (const [name, parts] of next) {
        const { sequences, d_model } = sizesAt(model, name.endsWith('bands') ? 'bands' : 'full_band');
        layers.graph.output(`next_${name}`, layers.concat(parts, 0), [parts.length * sequences, d_model]);
      }
    },
  };
}
