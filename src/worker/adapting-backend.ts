// A backend whose clue follows what the stream holds: the voice that was enrolled, nearer to how it sounds now, away from who else is heard.
import { foldClue, type ClueTerms } from '../shared/clue-terms.ts';
import type { Backend } from '../shared/backend.ts';
import { EnrollmentError } from '../shared/errors.ts';
import type { Model } from '../shared/model.ts';
import { ClueAdaptation } from './clue-adaptation.ts';
import type { ClueNetwork } from './clue-encoder.ts';
import type { SteppingBackend } from './engine.ts';

/** Between two clues. */
const UPDATE_S = 0.5;

/** What it needs of a backend. */
export type AdaptableBackend = SteppingBackend & Pick<Backend, 'setClue'>;

interface Folding {
  readonly clue: Float32Array;
  readonly terms: Generator<void, ClueTerms>;
}

export class AdaptingBackend implements AdaptableBackend {
  readonly #backend: AdaptableBackend;
  readonly #model: Model;
  readonly #adaptation: ClueAdaptation;
  readonly #updateHops: number;
  #enrolled: Float32Array | undefined;
  #hops = 0;
  /** Whether the backend has another clue than the enrolled one. */
  #isAdapted = false;
  /** The clue that is on its way: folded a piece a hop, since all of it takes longer than a hop may. */
  #folding: Folding | undefined;

  /** `backend` has loaded `model`. Rejects as `createNetwork` does. */
  static async create(
    backend: AdaptableBackend,
    model: Model,
    createNetwork: (model: Model) => Promise<ClueNetwork>,
  ): Promise<AdaptingBackend> {
    return new AdaptingBackend(backend, model, [await createNetwork(model), await createNetwork(model)]);
  }

  /** networks: two of their own. */
  constructor(backend: AdaptableBackend, model: Model, networks: readonly [ClueNetwork, ClueNetwork]) {
    this.#backend = backend;
    this.#model = model;
    this.#adaptation = new ClueAdaptation(model, networks);
    this.#updateHops = Math.round((UPDATE_S * model.config.sample_rate) / model.config.hop);
  }

  get readbackMs(): number | undefined {
    return this.#backend.readbackMs;
  }

  /** What was heard belongs to the voice before, and is forgotten. Throws as `Backend.setClue` does. */
  setClue(embedding: Float32Array): void {
    this.#backend.setClue(embedding);
    this.#enrolled = embedding;
    this.#forget();
  }

  step(spectrum: Float32Array, estimate: Float32Array): Promise<void> | void {
    const pending = this.#backend.step(spectrum, estimate);
    if (pending === undefined) this.#follow(spectrum, estimate);
    else return pending.then(() => this.#follow(spectrum, estimate));
  }

  reset(): void {
    this.#backend.reset();
    if (this.#enrolled !== undefined && this.#isAdapted) this.#backend.setClue(this.#enrolled);
    this.#forget();
  }

  #follow(mixture: Float32Array, estimate: Float32Array): void {
    this.#adaptation.hear(mixture, estimate);
    this.#hops++;
    if (this.#enrolled === undefined) return;
    if (this.#folding !== undefined) this.#fold(this.#folding);
    else if (this.#hops % this.#updateHops === 0) {
      const clue = this.#nextClue(this.#enrolled);
      if (clue !== null) this.#folding = { clue, terms: foldClue(this.#model, clue) };
    }
  }

  /** Null where none comes out: the one in use is followed on. */
  #nextClue(enrolled: Float32Array): Float32Array | null {
    try {
      return this.#adaptation.clue(enrolled);
    } catch (error) {
      if (error instanceof EnrollmentError) return null;
      throw error;
    }
  }

  #fold({ clue, terms }: Folding): void {
    const { done, value } = terms.next();
    if (!done) return;
    this.#folding = undefined;
    this.#backend.setClue(clue, value);
    this.#isAdapted = true;
  }

  #forget(): void {
    this.#adaptation.reset();
    this.#hops = 0;
    this.#folding = undefined;
    this.#isAdapted = false;
  }
}
