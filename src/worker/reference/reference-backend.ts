// The plain TypeScript backend: what the kernels are held against, and what serves where there is neither WebGPU nor WebAssembly with SIMD.
import { Extractor } from './extractor.ts';
import type { Backend, Snapshot } from '../../shared/backend.ts';
import { computeClueTerms, type ClueTerms } from '../../shared/clue-terms.ts';
import { InputError } from '../../shared/errors.ts';
import { computeFeatures, FEATURES_PER_BIN, RunningLevel } from '../../shared/features.ts';
import type { Model } from '../../shared/model.ts';

interface Loaded {
  readonly model: Model;
  readonly extractor: Extractor;
  readonly level: RunningLevel;
  readonly features: Float32Array; // [bins, 3]
  readonly mask: Float32Array; // [bins, 2]
}

/** Every step is done when `step` returns. */
export class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly description = 'plain TypeScript on the processor';
  #loaded: Loaded | undefined;
  #clue: ClueTerms | undefined;

  /** Throws ModelFileError where a tensor is missing. */
  async load(model: Model): Promise<void> {
    const { frame, hop, sample_rate } = model.config;
    const bins = frame / 2 + 1;
    this.#clue = undefined;
    this.#loaded = {
      model,
      extractor: new Extractor(model),
      level: new RunningLevel(hop, sample_rate),
      features: new Float32Array(FEATURES_PER_BIN * bins),
      mask: new Float32Array(2 * bins),
    };
  }

  setClue(embedding: Float32Array, terms?: ClueTerms): void {
    this.#clue = terms ?? computeClueTerms(this.#need().model, embedding);
  }

  /** Throws InputError where no model or no clue is set. */
  step(spectrum: Float32Array, estimate: Float32Array): void {
    const { extractor, level, features, mask } = this.#need();
    if (this.#clue === undefined)
      throw new InputError('no clue is set', {
        where: 'step',
        remedy: 'Enroll a voice and call setClue first.',
      });
    computeFeatures(spectrum, level.update(spectrum), features);
    extractor.step(features, this.#clue, mask);
    for (let n = 0; n < spectrum.length; n += 2) {
      const re = spectrum[n];
      const im = spectrum[n + 1];
      estimate[n] = mask[n] * re - mask[n + 1] * im;
      estimate[n + 1] = mask[n] * im + mask[n + 1] * re;
    }
  }

  /** The mask of the last step [bins, 2], to be read before the next. */
  get mask(): Float32Array {
    return this.#need().mask;
  }

  reset(): void {
    const { extractor, level } = this.#need();
    level.reset();
    for (const layer of extractor.layers) layer.reset();
  }

  async snapshot(): Promise<Snapshot> {
    const { extractor, level } = this.#need();
    return {
      level: { total: level.total, weight: level.weight },
      conv_state: extractor.layers.map((layer) => layer.conv_state.slice()),
      ssm_state: extractor.layers.map((layer) => layer.ssm_state.slice()),
    };
  }

  /** Throws InputError where the snapshot is of a model of another size; the state is then as before. */
  restore(snapshot: Snapshot): void {
    const { extractor, level } = this.#need();
    for (const key of ['conv_state', 'ssm_state'] as const) {
      const expected = extractor.layers.map((layer) => layer[key].length).join(', ');
      const got = snapshot[key].map((state) => state.length).join(', ');
      if (got !== expected)
        throw new InputError('is of a model of another size', { where: `snapshot, ${key}`, expected, got });
    }
    level.total = snapshot.level.total;
    level.weight = snapshot.level.weight;
    extractor.layers.forEach((layer, n) => {
      layer.conv_state.set(snapshot.conv_state[n]);
      layer.ssm_state.set(snapshot.ssm_state[n]);
    });
  }

  destroy(): void {
    this.#loaded = undefined;
    this.#clue = undefined;
  }

  #need(): Loaded {
    if (this.#loaded === undefined)
      throw new InputError('no model is loaded', { where: 'ReferenceBackend', remedy: 'Call load first.' });
    return this.#loaded;
  }
}
