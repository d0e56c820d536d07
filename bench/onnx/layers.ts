// The layers of docs/model-format.md as ONNX operators; weights are constants. S sequences run side by side.
import type { CrossMambaSizes, Model } from '../../src/shared/model.ts';
import type { GraphBuilder, Value } from './graph.ts';

const EPSILON = 1e-5;

/** Tensors of the extractor, by what follows `extractor.` in their name. */
export class Layers {
  constructor(
    readonly graph: GraphBuilder,
    readonly model: Model,
  ) {}

  data(name: string): Float32Array {
    const tensor = this.model.tensors.get(`extractor.${name}`);
    if (tensor === undefined) throw new Error(`The model has no tensor extractor.${name}.`);
    return tensor.data;
  }

  /** x [S, inputs] → [S, outputs], with a bias. */
  linear(name: string, x: Value): Value {
    return this.graph.node('Gemm', [x, this.#transposed(`${name}.weight`), this.vector(`${name}.bias`)]);
  }

  /** x [S, inputs] → [S, outputs], without a bias. */
  product(name: string, x: Value): Value {
    return this.graph.node('MatMul', [x, this.#transposed(`${name}.weight`)]);
  }

  /** Over the last axis. */
  norm(name: string, x: Value): Value {
    const inputs = [x, this.vector(`${name}.weight`), this.vector(`${name}.bias`)];
    return this.graph.node('LayerNormalization', inputs, { axis: -1, epsilon: EPSILON });
  }

  silu(x: Value): Value {
    return this.multiply(x, this.graph.node('Sigmoid', [x]));
  }

  add(a: Value, b: Value): Value {
    return this.graph.node('Add', [a, b]);
  }

  multiply(a: Value, b: Value): Value {
    return this.graph.node('Mul', [a, b]);
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.graph.concat(values, axis);
  }

  reshape(x: Value, ...shape: number[]): Value {
    return this.graph.node('Reshape', [x, this.graph.integers(...shape)]);
  }

  vector(name: string): Value {
    const data = this.data(name);
    return this.graph.constant(data, [data.length]);
  }

  #transposed(name: string): Value {
    const [outputs, inputs] = this.model.tensors.get(`extractor.${name}`)!.shape;
    return this.graph.constant(transpose(this.data(name), outputs, inputs), [inputs, outputs]);
  }
}

/** [rows, columns] → [columns, rows] */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: matrix.length },
    (_, n) => matrix[(n % rows) * columns + Math.floor(n / rows)],
  );
}

export interface MambaStates {
  /** [d_conv − 1, S, d_inner], the oldest tap first. */
  readonly conv: Value;
  /** [S, d_state, d_inner]: the longest axis last, where operators are fast. */
  readonly ssm: Value;
}

/** One step: query and x [S, d_model] → the layer's output [S, d_model], and the states after it. */
export function crossMamba(
  layers: Layers,
  name: string,
  { sequences: S, d_model, d_state, d_conv, expand, dt_rank }: CrossMambaSizes,
  { query, x, states }: { query: Value; x: Value; states: MambaStates },
): { out: Value; states: MambaStates } {
  const { graph } = layers;
  const d_inner = expand * d_model;
  const [u0, z] = graph.split(layers.product(`${name}.in_proj`, x), 1, [d_inner, d_inner]); // [S, i]
  const window = layers.concat([states.conv, layers.reshape(u0, 1, S, d_inner)], 0); // [d_conv, S, i]
  const taps = graph.constant(layers.data(`${name}.conv`), [d_conv, 1, d_inner]);
  const convolved = graph.node('ReduceSum', [layers.multiply(window, taps), graph.integers(0)], {
    keepdims: 0,
  }); // [S, i]
  const u = layers.silu(layers.add(convolved, layers.vector(`${name}.conv_bias`)));
  const conv = graph.node('Slice', [window, graph.integers(1), graph.integers(d_conv), graph.integers(0)]);
  const [δ, B] = graph.split(layers.product(`${name}.x_proj`, u), 1, [dt_rank, d_state]);
  const Δ = graph.node('Softplus', [layers.linear(`${name}.dt_proj`, δ)]); // [S, i]
  const C = layers.product(`${name}.q_proj`, query); // [S, n]
  const A = layers.data(`${name}.A_log`).map((logarithm) => -Math.exp(logarithm));
  const exponent = layers.multiply(
    layers.reshape(Δ, S, 1, d_inner),
    graph.constant(A, [1, d_state, d_inner]),
  );
  const kept = layers.multiply(graph.node('Exp', [exponent]), states.ssm); // [S, n, i]
  const Δu = layers.reshape(layers.multiply(Δ, u), S, 1, d_inner);
  const ssm = layers.add(kept, layers.multiply(layers.reshape(B, S, d_state, 1), Δu));
  const read = layers.reshape(graph.node('MatMul', [layers.reshape(C, S, 1, d_state), ssm]), ...[S, d_inner]);
  const y = layers.multiply(layers.add(read, layers.multiply(u, layers.vector(`${name}.D`))), layers.silu(z));
  return { out: layers.product(`${name}.out_proj`, y), states: { conv, ssm } };
}
