// The voices that are kept, and the one that is followed: the store on one side, the extractor on the other.
import { ClueStore, type NewClue, type StoredClue } from '../src/clue-store.ts';
import type { Extractor } from '../src/extractor.ts';
import { InputError } from '../src/shared/errors.ts';

export class Voices {
  clues: readonly StoredClue[] = [];
  /** The one that is followed. */
  chosen: StoredClue | null = null;
  memoryOnlyBecause: string | null = null;
  readonly #store: Promise<ClueStore>;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.#store = ClueStore.open(name);
  }

  async refresh(): Promise<void> {
    const store = await this.#store;
    this.clues = await store.list();
    this.memoryOnlyBecause = store.memoryOnlyBecause;
  }

  /** What was followed on the last visit, where it still fits; else nothing. */
  async resume(extractor: Extractor): Promise<void> {
    await this.refresh();
    const wanted = this.chosen?.id ?? remembered(this.#name);
    const clue = this.clues.find(({ id, model }) => id === wanted && model === extractor.report.model);
    this.chosen = null;
    if (clue !== undefined) await this.choose(clue.id, extractor);
  }

  /** Follows it from now on. Rejects with InputError where it is of another model; the one before stays then. */
  async choose(id: string, extractor: Extractor): Promise<void> {
    const clue = this.clues.find((candidate) => candidate.id === id);
    if (clue === undefined || clue.model !== extractor.report.model)
      throw new InputError('voice is of another model', {
        where: 'choose',
        expected: extractor.report.model,
        got: clue?.model ?? 'none',
        remedy: 'Enroll the voice again',
      });
    await extractor.setClue(clue.embedding);
    this.chosen = clue;
    remember(this.#name, id);
  }

  async add(clue: NewClue): Promise<StoredClue> {
    const stored = await (await this.#store).save(clue);
    await this.refresh();
    return stored;
  }

  async rename(id: string, name: string): Promise<void> {
    const renamed = await (await this.#store).rename(id, name);
    if (this.chosen?.id === id) this.chosen = renamed;
    await this.refresh();
  }

  /** The extractor goes on with the voice until another one is chosen. */
  async delete(id: string): Promise<void> {
    await (await this.#store).delete(id);
    if (this.chosen?.id === id) {
      this.chosen = null;
      remember(this.#name, null);
    }
    await this.refresh();
  }

  async close(): Promise<void> {
    (await this.#store).close();
  }
}

const key = (name: string) => `${name}.chosen-clue`;

/** Local storage may be forbidden: then the next visit begins without a choice. */
function remembered(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return null;
  }
}

function remember(name: string, id: string | null): void {
  try {
    if (id === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), id);
  } catch {
    // As above.
  }
}
