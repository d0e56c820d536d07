// The extractor network in the kernels' memory, and its step as one list of instructions. docs/model-format.md tells the formulas.
import type { ClueTerms } from '../src/shared/clue-terms.ts';
import type { Breathe } from '../src/shared/backend.ts';
import { FEATURES_PER_BIN } from '../src/shared/features.ts';
import type { Model } from '../src/shared/model.ts';
import { F32_BYTES, padded, type Arena } from './arena.ts';
import { CrossMamba } from './cross-mamba.ts';
import { padRows } from './layout.ts';
import { Program } from './program.ts';
import { placeScratch, Weights, type PlacedNorm, type Precision } from './weights.ts';

interface PlacedClue {
  readonly scale: number; // [K, d]
  readonly shift: number; // [K, d]
  readonly blocks: readonly { readonly fullBandQuery: number; readonly bandQuery: number }[]; // [W], [K, d]
}

export class Network {
  /** Every recurrent layer, in the order of a snapshot: full band, then bands, block by block. */
  layers: readonly CrossMamba[] = [];
  /** Addresses. */
  readonly spectrum: number; // [bins, 2]
  readonly features: number; // [bins, 3]
  readonly mask: number; // [bins, 2]
  readonly estimate: number; // [bins, 2]
  /** Addresses of the step's instructions. */
  begin = 0;
  end = 0;
  readonly #arena: Arena;
  readonly #d_model: number;
  readonly #band: Float32Array; // [K, d]
  readonly #clue: PlacedClue;

  /** @throws ModelFileError where a tensor is missing. @throws WasmUnavailableError where memory does not suffice. */
  static async create(model: Model, arena: Arena, precision: Precision, breathe?: Breathe): Promise<Network> {
    const network = new Network(model, arena);
    const pieces = network.#place(model, precision);
    while (pieces.next().done !== true) await breathe?.();
    return network;
  }

  private constructor(model: Model, arena: Arena) {
    const { band_edges: edges, extractor: config } = model.config;
    const bins = edges[edges.length - 1];
    const K = edges.length - 1;
    const [d, W] = [padded(config.d_model), padded(config.width)];
    this.#arena = arena;
    this.#d_model = config.d_model;
    this.#band = new Weights(arena, model, 'extractor').get('band');
    this.spectrum = arena.reserve(2 * bins);
    this.features = arena.reserve(FEATURES_PER_BIN * bins);
    this.mask = arena.reserve(2 * bins);
    this.estimate = arena.reserve(2 * bins);
    this.#clue = {
      scale: arena.reserve(K * d),
      shift: arena.reserve(K * d),
      blocks: Array.from({ length: config.layers }, () => ({
        fullBandQuery: arena.reserve(W),
        bandQuery: arena.reserve(K * d),
      })),
    };
  }

  /** Weights and instructions, in the order of the step; yields where it may be interrupted. */
  *#place(model: Model, precision: Precision): Generator<void> {
    const { band_edges: edges, extractor: config } = model.config;
    const arena = this.#arena;
    const bins = edges[edges.length - 1];
    const K = edges.length - 1;
    const { d_model, width } = config;
    const [d, W] = [padded(d_model), padded(width)];
    const largest = Math.max(K * d, K * padded(config.expand * d_model), W, padded(config.expand * width));
    const scratch = precision === 'i16' ? placeScratch(arena, largest, K) : undefined;
    const weights = new Weights(arena, model, 'extractor', scratch);
    const program = new Program();
    const x = arena.reserve(K * d); // [K, d]
    const h = arena.reserve(K * d); // [K, d]
    const query = arena.reserve(K * d); // [K, d]
    const g = arena.reserve(W); // [W]
    const hWide = arena.reserve(W); // [W]
    const queryWide = arena.reserve(W); // [W]
    const norm = (placed: PlacedNorm, input: number, output: number, rows: number) =>
      program.layerNorm({ ...placed, input, output, rows, stride: padded(placed.count) });
    /** Place of a band's channel [K, d_model] among the padded. */
    const inBands = (index: number) => Math.floor(index / d_model) * d + (index % d_model);

    for (let k = 0; k < K; k++) {
      const inputs = FEATURES_PER_BIN * (edges[k + 1] - edges[k]);
      const split = weights.matrix(`split.${k}`, { inputs, outputs: d_model, single: true });
      const input = this.features + FEATURES_PER_BIN * edges[k] * F32_BYTES;
      program.linear({
        ...{ ...split, input, inputStride: 0, rows: 1 },
        ...{ output: x + k * d * F32_BYTES, outputStride: 0 },
      });
    }
    norm(weights.norm('norm_in'), x, x, K);
    program.multiplyAdd(x, this.#clue.scale, this.#clue.shift, K * d);

    const layers: CrossMamba[] = [];
    for (const [l, { fullBandQuery, bandQuery }] of this.#clue.blocks.entries()) {
      yield;
      const block = weights.in(`blocks.${l}`);
      const fullBand = block.in('full_band');
      const down = fullBand.large('down', {
        ...{ inputs: K * d_model, outputs: width, single: true },
        ...{ inputAt: inBands, paddedInputs: K * d },
      });
      yield;
      const up = fullBand.large('up', {
        ...{ inputs: width, outputs: K * d_model, single: true },
        ...{ outputAt: inBands, paddedOutputs: K * d },
      });
      yield;
      const wide = new CrossMamba(fullBand.in('mamba'), {
        ...{ ...config, sequences: 1, d_model: width, dt_rank: config.dt_rank_wide },
      });
      yield;
      const bands = new CrossMamba(block.in('mamba'), { ...config, sequences: K });
      const row = { inputStride: 0, outputStride: 0, rows: 1 };

      norm(fullBand.norm('norm'), x, h, K);
      program.linear({ ...down, ...row, input: h, output: g });
      norm(fullBand.norm('norm_wide'), g, hWide, 1);
      program.multiply(hWide, fullBandQuery, queryWide, W);
      norm(fullBand.norm('norm_query'), queryWide, queryWide, 1);
      wide.step(program, queryWide, hWide, g);
      norm(fullBand.norm('norm_up'), g, g, 1);
      program.silu(g, W);
      program.linear({ ...up, ...row, input: g, output: x, adds: true });

      norm(block.norm('norm'), x, h, K);
      program.multiply(h, bandQuery, query, K * d);
      norm(block.norm('norm_query'), query, query, K);
      bands.step(program, query, h, x);
      layers.push(wide, bands);
    }
    this.layers = layers;
    yield;

    norm(weights.norm('norm_out'), x, x, K);
    // A band's padding falls where the next one's mask will be: they run in order.
    for (let k = 0; k < K; k++) {
      const outputs = 2 * (edges[k + 1] - edges[k]);
      const mask = weights.matrix(`mask.${k}`, { inputs: d_model, outputs, single: true });
      program.linear({
        ...{ ...mask, input: x + k * d * F32_BYTES, inputStride: 0, rows: 1 },
        ...{ output: this.mask + 2 * edges[k] * F32_BYTES, outputStride: 0 },
      });
    }
    program.applyMask(this.mask, this.spectrum, this.estimate, bins);
    ({ begin: this.begin, end: this.end } = program.place(arena));
  }

  setClue(terms: ClueTerms): void {
    const write = (address: number, values: Float32Array, count: number) => {
      const rows = padRows(values, count);
      this.#arena.view(address, rows.length).set(rows);
    };
    const d = this.#d_model;
    // (x + band) · scale + shift = x · scale + (band · scale + shift)
    const shift = terms.shift.map((value, i) => value + this.#band[i] * terms.scale[i]);
    write(this.#clue.scale, terms.scale, d);
    write(this.#clue.shift, shift, d);
    this.#clue.blocks.forEach(({ fullBandQuery, bandQuery }, l) => {
      const { fullBandQuery: wide, bandQuery: bands } = terms.blocks[l];
      write(fullBandQuery, wide, wide.length);
      write(bandQuery, bands, d);
    });
  }
}
