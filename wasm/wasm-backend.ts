// The network in WebAssembly with SIMD: a hop is the features here, then one call into memory that was laid out at load.
import type { Backend, Breathe, Snapshot } from '../src/shared/backend.ts';
import { computeClueTerms, type ClueTerms } from '../src/shared/clue-terms.ts';
import { InputError } from '../src/shared/errors.ts';
import { computeFeatures, RunningLevel } from '../src/shared/features.ts';
import type { Model } from '../src/shared/model.ts';
import { Arena } from './arena.ts';
import { flavours, instantiate, type Flavour, type Kernels } from './binary.ts';
import { Network } from './network.ts';
import { clearStates, readStates, writeStates, type PlacedState } from './state.ts';
import type { Precision } from './weights.ts';

export interface WasmOptions {
  /** By default the best that runs here. */
  readonly flavour?: Flavour;
  /** 'i16' by default: docs/kernels.md tells what it costs. */
  readonly precision?: Precision;
}

interface Loaded {
  readonly model: Model;
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly network: Network;
  readonly states: Readonly<Record<'conv_state' | 'ssm_state', readonly PlacedState[]>>;
  readonly level: RunningLevel;
  /** Views of the kernels' memory. */
  readonly spectrum: Float32Array; // [bins, 2]
  readonly features: Float32Array; // [bins, 3]
  readonly mask: Float32Array; // [bins, 2]
  readonly estimate: Float32Array; // [bins, 2]
}

/** A step is done when it returns. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly #flavour: Flavour | undefined;
  readonly #precision: Precision;
  #loaded: Loaded | undefined;
  #hasClue = false;

  constructor(options: WasmOptions = {}) {
    this.#flavour = options.flavour ?? flavours()[0];
    this.#precision = options.precision ?? 'i16';
  }

  get description(): string {
    return this.#flavour === 'relaxed-simd'
      ? 'WebAssembly with relaxed SIMD'
      : this.#flavour === 'simd'
        ? 'WebAssembly with SIMD'
        : 'WebAssembly';
  }

  /**
   * @throws WasmUnavailableError where there is no WebAssembly with SIMD, or too little memory.
   * @throws ModelFileError where a tensor is missing.
   */
  async load(model: Model, breathe?: Breathe): Promise<void> {
    this.destroy();
    const kernels = await instantiate(this.#flavour);
    const arena = new Arena(kernels);
    const network = await Network.create(model, arena, this.#precision, breathe);
    const { layers } = network;
    const bins = model.config.frame / 2 + 1;
    this.#loaded = {
      ...{ model, kernels, arena, network },
      states: {
        conv_state: layers.map(({ conv_state }) => conv_state),
        ssm_state: layers.map(({ ssm_state }) => ssm_state),
      },
      level: new RunningLevel(model.config.hop, model.config.sample_rate),
      spectrum: arena.view(network.spectrum, 2 * bins),
      features: arena.view(network.features, 3 * bins),
      mask: arena.view(network.mask, 2 * bins),
      estimate: arena.view(network.estimate, 2 * bins),
    };
  }

  /** Keeps the state. @throws InputError where the clue is none of this model. */
  setClue(embedding: Float32Array, terms?: ClueTerms): void {
    const { model, network } = this.#need();
    network.setClue(terms ?? computeClueTerms(model, embedding));
    this.#hasClue = true;
  }

  /** @throws InputError where no model is loaded or no clue is set. */
  step(spectrum: Float32Array, estimate: Float32Array): void {
    const loaded = this.#need();
    if (!this.#hasClue)
      throw new InputError('no clue is set', {
        where: 'step',
        remedy: 'Enroll a voice and call setClue first.',
      });
    loaded.spectrum.set(spectrum);
    computeFeatures(spectrum, loaded.level.update(spectrum), loaded.features);
    loaded.kernels.run(loaded.network.begin, loaded.network.end);
    estimate.set(loaded.estimate);
  }

  /** The mask of the last step [bins, 2], to be read before the next. */
  get mask(): Float32Array {
    return this.#need().mask;
  }

  reset(): void {
    const { arena, states, level } = this.#need();
    level.reset();
    clearStates(arena, states);
  }

  async snapshot(): Promise<Snapshot> {
    const { arena, states, level } = this.#need();
    return { level: { total: level.total, weight: level.weight }, ...readStates(arena, states) };
  }

  /** @throws InputError where the snapshot is of a model of another size; the state is then as before. */
  restore(snapshot: Snapshot): void {
    const { arena, states, level } = this.#need();
    writeStates(arena, states, snapshot);
    level.total = snapshot.level.total;
    level.weight = snapshot.level.weight;
  }

  destroy(): void {
    this.#loaded = undefined;
    this.#hasClue = false;
  }

  #need(): Loaded {
    if (this.#loaded === undefined)
      throw new InputError('no model is loaded', { where: 'WasmBackend', remedy: 'Call load first.' });
    return this.#loaded;
  }
}
