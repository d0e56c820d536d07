// One CrossMamba layer over S sequences that share its weights: brought into memory, and as the instructions of its step.
import type { CrossMambaSizes } from '../src/shared/model-types.ts';
import { F32_BYTES, padded } from './arena.ts';
import { columnsOf, quads, rowsOf } from './layout.ts';
import type { Program } from './program.ts';
import type { PlacedState } from './state.ts';
import type { PlacedPanels, Weights } from './weights.ts';

export class CrossMamba {
  readonly conv_state: PlacedState;
  readonly ssm_state: PlacedState;
  readonly #sizes: CrossMambaSizes;
  readonly #channels: number;
  /** d_state, rounded up to an even number. */
  readonly #states: number;
  readonly #inProj: PlacedPanels;
  readonly #xProj: PlacedPanels;
  readonly #qProj: PlacedPanels;
  readonly #outProj: PlacedPanels;
  readonly #convParameters: number;
  readonly #deltaParameters: number;
  readonly #scanParameters: number;
  readonly #uz: number; // [S, 2 · channels]
  readonly #deltaB: number; // [S, dt_rank + d_state]
  readonly #delta: number; // Δ [S, channels]
  readonly #C: number; // [S, d_state]

  constructor(weights: Weights, sizes: CrossMambaSizes) {
    const { sequences: S, d_model, d_state, d_conv, expand, dt_rank } = sizes;
    const { arena } = weights;
    const d_inner = expand * d_model;
    const channels = padded(d_inner);
    const states = d_state + (d_state % 2);
    const single = S === 1;
    this.#sizes = sizes;
    this.#channels = channels;
    this.#states = states;
    this.#inProj = weights.large(
      'in_proj',
      {
        ...{ inputs: d_model, outputs: 2 * d_inner, single, paddedOutputs: 2 * channels },
        outputAt: (o) => (o < d_inner ? o : channels + o - d_inner),
      },
      false,
    );
    this.#xProj = weights.matrix(
      'x_proj',
      {
        ...{ inputs: d_inner, outputs: dt_rank + d_state, single },
        paddedOutputs: padded(dt_rank + states),
      },
      false,
    );
    this.#qProj = weights.matrix('q_proj', { inputs: d_model, outputs: d_state, single }, false);
    this.#outProj = weights.large('out_proj', { inputs: d_inner, outputs: d_model, single }, false);
    const taps = rowsOf(weights.get('conv'), d_inner); // [d_conv][d_inner], the newest last
    this.#convParameters = arena.place(quads([weights.get('conv_bias'), ...taps], d_inner));
    // The kernels compute 2^(Δ · A · log₂ e).
    const exponents = weights.get('A_log').map((logarithm) => -Math.exp(logarithm) * Math.LOG2E); // [d_state, d_inner]
    const ranks = columnsOf(weights.get('dt_proj.weight'), dt_rank); // [dt_rank][d_inner]
    this.#deltaParameters = arena.place(quads([weights.get('dt_proj.bias'), ...ranks], d_inner));
    this.#scanParameters = arena.place(
      quads([weights.get('D'), ...evenly(rowsOf(exponents, d_inner))], d_inner),
    );
    const place = (width: number, stride: number): PlacedState => ({
      ...{ sequences: S, channels: d_inner, width, stride },
      address: arena.reserve(S * channels * stride),
    });
    this.conv_state = place(d_conv - 1, d_conv - 1);
    this.ssm_state = place(d_state, states);
    this.#uz = arena.reserve(S * 2 * channels);
    this.#deltaB = arena.reserve(S * this.#xProj.outputs);
    this.#delta = arena.reserve(S * channels);
    this.#C = arena.reserve(S * this.#qProj.outputs);
  }

  /** Addresses of query, x and residual [S, padded d_model]; the layer's output is added to the residual. */
  step(program: Program, query: number, x: number, residual: number): void {
    const { sequences: rows, d_conv, dt_rank, d_model } = this.#sizes;
    const channels = this.#channels;
    const states = this.#states;
    const model = padded(d_model);
    const [uz, stride] = [this.#uz, 2 * channels];
    const [deltaB, deltaBStride] = [this.#deltaB, this.#xProj.outputs];
    const [C, CStride] = [this.#C, this.#qProj.outputs];
    program.linear({ ...this.#inProj, input: x, inputStride: model, output: uz, outputStride: stride, rows });
    program.linear({
      ...this.#qProj,
      input: query,
      inputStride: model,
      output: C,
      outputStride: CStride,
      rows,
    });
    program.convolve({
      ...{ uz, stride, rows, channels, taps: d_conv },
      ...{ parameters: this.#convParameters, conv_state: this.conv_state.address },
    });
    program.linear({
      ...{ ...this.#xProj, input: uz, inputStride: stride, rows },
      ...{ output: deltaB, outputStride: deltaBStride },
    });
    program.discretise({
      ...{ uz, stride, deltaB, deltaBStride, delta: this.#delta, rows, channels, dt_rank },
      parameters: this.#deltaParameters,
    });
    program.scan({
      ...{ uz, stride, delta: this.#delta, C, CStride, rows, channels, states },
      ...{ B: deltaB + F32_BYTES * dt_rank, BStride: deltaBStride },
      ...{ parameters: this.#scanParameters, ssm_state: this.ssm_state.address },
    });
    program.linear({
      ...{ ...this.#outProj, input: uz, inputStride: stride, rows },
      ...{ output: residual, outputStride: model, adds: true },
    });
  }
}

/** Rows, and one of zeros where their count is odd. */
function evenly(rows: readonly Float32Array[]): readonly Float32Array[] {
  return rows.length % 2 === 0 ? rows : [...rows, new Float32Array(rows[0].length)];
}
