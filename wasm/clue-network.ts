// The clue encoder's network in WebAssembly: the recurrence over an enrollment's frames, and the clue from what they pool to.
import type { Model } from '../src/shared/model.ts';
import { Arena, padded } from './arena.ts';
import { flavours, instantiate, type Flavour, type Kernels } from './binary.ts';
import { CrossMamba } from './cross-mamba.ts';
import { Program } from './program.ts';
import { clearStates } from './state.ts';
import { Weights, type PlacedNorm, type PlacedPanels } from './weights.ts';

interface Instructions {
  readonly begin: number;
  readonly end: number;
}

/** One enrollment at a time, with a `reset` before each. In f32, as nobody waits for a single frame. */
export class WasmClueNetwork {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #layers: readonly CrossMamba[];
  readonly #frame: Instructions;
  readonly #output: Instructions;
  /** Views of the kernels' memory. */
  readonly #logMagnitudes: Float32Array; // [bins]
  readonly #h: Float32Array; // [d]
  readonly #score: Float32Array; // [1]
  readonly #statistics: Float32Array; // [2 · d]
  readonly #embedding: Float32Array; // [embedding]

  /**
   * @throws WasmUnavailableError where there is no WebAssembly with SIMD, or too little memory.
   * @throws ModelFileError where a tensor is missing.
   */
  static async create(model: Model, flavour: Flavour | undefined = flavours()[0]): Promise<WasmClueNetwork> {
    return new WasmClueNetwork(model, await instantiate(flavour));
  }

  private constructor(model: Model, kernels: Kernels) {
    const { frame, clue_encoder: config } = model.config;
    const { d_model, layers, embedding } = config;
    const bins = frame / 2 + 1;
    const arena = new Arena(kernels);
    const weights = new Weights(arena, model, 'clue_encoder');
    const logMagnitude = arena.reserve(padded(bins));
    const x = arena.reserve(padded(d_model));
    const h = arena.reserve(padded(d_model));
    const score = arena.reserve(padded(1));
    const statistics = arena.reserve(padded(2 * d_model));
    const clue = arena.reserve(padded(embedding));

    const frames = new Program();
    const norm = (placed: PlacedNorm, input: number, output: number) =>
      frames.layerNorm({ ...placed, input, output, rows: 1, stride: padded(placed.count) });
    const linear = (program: Program, matrix: PlacedPanels, input: number, output: number) =>
      program.linear({ ...matrix, input, output, inputStride: 0, outputStride: 0, rows: 1 });
    const matrix = (name: string, inputs: number, outputs: number) =>
      weights.matrix(name, { inputs, outputs, single: true });
    linear(frames, matrix('input', bins, d_model), logMagnitude, x);
    norm(weights.norm('norm_in'), x, x);
    this.#layers = Array.from({ length: layers }, (_, l) => {
      const layer = weights.in(`layers.${l}`);
      norm(layer.norm('norm'), x, h);
      const mamba = new CrossMamba(layer.in('mamba'), { ...config, sequences: 1 });
      mamba.step(frames, h, h, x);
      return mamba;
    });
    norm(weights.norm('norm_out'), x, h);
    linear(frames, matrix('attention', d_model, 1), h, score);
    const last = new Program();
    linear(last, matrix('output', 2 * d_model, embedding), statistics, clue);

    this.#kernels = kernels;
    this.#arena = arena;
    this.#frame = frames.place(arena);
    this.#output = last.place(arena);
    this.#logMagnitudes = arena.view(logMagnitude, bins);
    this.#h = arena.view(h, d_model);
    this.#score = arena.view(score, 1);
    this.#statistics = arena.view(statistics, 2 * d_model);
    this.#embedding = arena.view(clue, embedding);
  }

  /** Back to the state before the first frame. */
  reset(): void {
    clearStates(this.#arena, {
      conv_state: this.#layers.map(({ conv_state }) => conv_state),
      ssm_state: this.#layers.map(({ ssm_state }) => ssm_state),
    });
  }

  /** attention · h of the last step. */
  get score(): number {
    return this.#score[0];
  }

  /** `logMagnitudes` [bins] of a frame → h [d], valid until the next step; `score` is set. */
  step(logMagnitudes: Float32Array): Float32Array {
    this.#logMagnitudes.set(logMagnitudes);
    this.#kernels.run(this.#frame.begin, this.#frame.end);
    return this.#h;
  }

  /** output · `statistics` [2 · d] → [embedding], valid until the next call. */
  output(statistics: Float32Array): Float32Array {
    this.#statistics.set(statistics);
    this.#kernels.run(this.#output.begin, this.#output.end);
    return this.#embedding;
  }
}
