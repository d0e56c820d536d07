// One CrossMamba layer as a recurrence over S sequences that share its weights. The clue reaches C only, through the query.
import type { CrossMambaSizes } from '../../shared/model-types.ts';
import { Linear } from './linear.ts';
import { expAll, siluAll, softplusAll } from './math.ts';
import type { Weights } from './weights.ts';

/** Owns conv_state and ssm_state; everything is allocated at construction. */
export class CrossMambaLayer {
  readonly #sizes: CrossMambaSizes;
  readonly #d_inner: number;
  readonly #inProj: Linear;
  readonly #xProj: Linear;
  readonly #qProj: Linear;
  readonly #outProj: Linear;
  readonly #conv: Float32Array; // [d_inner, d_conv]
  readonly #convBias: Float32Array; // [d_inner]
  readonly #dtWeight: Float32Array; // [d_inner, dt_rank]
  readonly #dtBias: Float32Array; // [d_inner]
  readonly #A: Float32Array; // [d_inner, d_state], −exp(A_log)
  readonly #D: Float32Array; // [d_inner]
  readonly #uz: Float32Array; // [S, 2 · d_inner]
  readonly #u: Float32Array; // [S, d_inner]
  readonly #δB: Float32Array; // [S, dt_rank + d_state]
  readonly #C: Float32Array; // [S, d_state]
  readonly #Δ: Float32Array; // [d_inner], of one sequence at a time
  readonly #scratch: Float32Array; // [d_inner]
  readonly #decay: Float32Array; // [d_inner, d_state], exp(Δ ⊗ A) of one sequence at a time
  readonly #y: Float32Array; // [S, d_inner]
  readonly #out: Float32Array; // [S, d_model]
  /** [S, d_inner, d_conv − 1], the oldest tap first. */
  readonly conv_state: Float32Array;
  /** [S, d_inner, d_state]. */
  readonly ssm_state: Float32Array;

  constructor(weights: Weights, sizes: CrossMambaSizes) {
    const { sequences, d_model, d_state, d_conv, expand, dt_rank } = sizes;
    const d_inner = expand * d_model;
    this.#sizes = sizes;
    this.#d_inner = d_inner;
    this.#inProj = new Linear(weights.in('in_proj'), d_model, 2 * d_inner);
    this.#xProj = new Linear(weights.in('x_proj'), d_inner, dt_rank + d_state);
    this.#qProj = new Linear(weights.in('q_proj'), d_model, d_state);
    this.#outProj = new Linear(weights.in('out_proj'), d_inner, d_model);
    // Channel by channel, so that the inner loops read one stretch of memory.
    this.#conv = transpose(weights.get('conv'), d_conv, d_inner);
    this.#convBias = weights.get('conv_bias');
    this.#dtWeight = weights.get('dt_proj.weight');
    this.#dtBias = weights.get('dt_proj.bias');
    this.#A = transpose(weights.get('A_log'), d_state, d_inner).map((logarithm) => -Math.exp(logarithm));
    this.#D = weights.get('D');
    this.#uz = new Float32Array(sequences * 2 * d_inner);
    this.#u = new Float32Array(sequences * d_inner);
    this.#δB = new Float32Array(sequences * (dt_rank + d_state));
    this.#C = new Float32Array(sequences * d_state);
    this.#Δ = new Float32Array(d_inner);
    this.#scratch = new Float32Array(d_inner);
    this.#decay = new Float32Array(d_inner * d_state);
    this.#y = new Float32Array(sequences * d_inner);
    this.#out = new Float32Array(sequences * d_model);
    this.conv_state = new Float32Array(sequences * d_inner * (d_conv - 1));
    this.ssm_state = new Float32Array(sequences * d_inner * d_state);
  }

  /** One step: `query`, `x` and `residual` [S, d_model]; the layer's output is added to `residual`. */
  step(query: Float32Array, x: Float32Array, residual: Float32Array): void {
    const S = this.#sizes.sequences;
    this.#inProj.apply(x, this.#uz, S);
    this.#qProj.apply(query, this.#C, S);
    this.#convolve();
    this.#xProj.apply(this.#u, this.#δB, S);
    for (let s = 0; s < S; s++) this.#scan(s);
    this.#outProj.apply(this.#y, this.#out, S);
    for (let i = 0; i < residual.length; i++) residual[i] += this.#out[i];
  }

  reset(): void {
    this.conv_state.fill(0);
    this.ssm_state.fill(0);
  }

  /** u = silu(conv_state ⊛ u + b_conv); conv_state shifts. */
  #convolve(): void {
    const { sequences, d_conv } = this.#sizes;
    const d_inner = this.#d_inner;
    const past = d_conv - 1;
    const conv = this.#conv;
    const bias = this.#convBias;
    const state = this.conv_state;
    const uz = this.#uz;
    const u = this.#u;
    for (let s = 0; s < sequences; s++) {
      for (let i = 0; i < d_inner; i++) {
        const newest = uz[s * 2 * d_inner + i];
        const at = (s * d_inner + i) * past;
        let sum = bias[i] + conv[i * d_conv + past] * newest;
        for (let tap = 0; tap < past; tap++) {
          sum += conv[i * d_conv + tap] * state[at + tap];
          state[at + tap] = tap + 1 < past ? state[at + tap + 1] : newest;
        }
        u[s * d_inner + i] = sum;
      }
      siluAll(u, s * d_inner, d_inner, this.#scratch);
    }
  }

  /** Δ = softplus(W_dt · δ + b_dt) and exp(Δ ⊗ A), for sequence s. */
  #discretise(s: number): void {
    const { d_state, dt_rank } = this.#sizes;
    const d_inner = this.#d_inner;
    const weight = this.#dtWeight;
    const bias = this.#dtBias;
    const δB = this.#δB;
    const A = this.#A;
    const Δ = this.#Δ;
    const decay = this.#decay;
    const δStart = s * (dt_rank + d_state);
    for (let i = 0; i < d_inner; i++) {
      let sum = bias[i];
      for (let r = 0; r < dt_rank; r++) sum += weight[i * dt_rank + r] * δB[δStart + r];
      Δ[i] = sum;
    }
    softplusAll(Δ, this.#scratch);
    for (let i = 0; i < d_inner; i++)
      for (let n = i * d_state; n < (i + 1) * d_state; n++) decay[n] = Δ[i] * A[n];
    expAll(decay);
  }

  /** h = exp(Δ ⊗ A) ⊙ h + (Δ ⊙ u) ⊗ B;  y = (h · C + D ⊙ u) ⊙ silu(z), for sequence s. */
  #scan(s: number): void {
    const { d_state, dt_rank } = this.#sizes;
    const d_inner = this.#d_inner;
    const uz = this.#uz;
    const decay = this.#decay;
    const D = this.#D;
    const C = this.#C;
    const δB = this.#δB;
    const h = this.ssm_state;
    const zStart = s * 2 * d_inner + d_inner;
    const BStart = s * (dt_rank + d_state) + dt_rank;
    const CStart = s * d_state;
    this.#discretise(s);
    siluAll(uz, zStart, d_inner, this.#scratch);
    for (let i = 0; i < d_inner; i++) {
      const u = this.#u[s * d_inner + i];
      const Δu = this.#Δ[i] * u;
      const hStart = (s * d_inner + i) * d_state;
      let y = D[i] * u;
      for (let n = 0; n < d_state; n++) {
        const value = decay[i * d_state + n] * h[hStart + n] + Δu * δB[BStart + n];
        h[hStart + n] = value;
        y += value * C[CStart + n];
      }
      this.#y[s * d_inner + i] = y * uz[zStart + i];
    }
  }
}

/** [rows, columns] → [columns, rows] */
function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: matrix.length },
    (_, n) => matrix[(n % rows) * columns + Math.floor(n / rows)],
  );
}
