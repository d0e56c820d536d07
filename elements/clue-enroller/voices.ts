// The voices that are kept, and the one that is followed: the store on one side, the extractor on the other.
import { clueFits } from '../../src/clue-fit.ts';
import { ClueStore, type NewClue, type NewTake, type StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import { InputError } from '../../src/shared/errors.ts';
import { joined, type ClueTake } from '../../src/shared/takes.ts';

export interface VoicesWatcher {
  /** `renewing` is another way now. */
  onRenewing(): void;
  /** Another page, or another element of this one, changed what is kept. */
  onChangedElsewhere(): void;
}

export class Voices {
  clues: readonly StoredClue[] = [];
  /** The one that is followed. */
  chosen: StoredClue | null = null;
  /** Ids of those of which a recording was kept. */
  recorded: ReadonlySet<string> = new Set();
  /** The id of the one that is being enrolled again. */
  renewing: string | null = null;
  memoryOnlyBecause: string | null = null;
  readonly #store: Promise<ClueStore>;
  readonly #name: string;
  readonly #watcher: VoicesWatcher;

  constructor(name: string, watcher: VoicesWatcher) {
    this.#name = name;
    this.#watcher = watcher;
    this.#store = ClueStore.open(name).then((store) => {
      store.onChange(() => watcher.onChangedElsewhere());
      return store;
    });
  }

  async refresh(): Promise<void> {
    const store = await this.#store;
    const clues = await store.list();
    this.recorded = await store.recorded();
    this.clues = clues;
    this.memoryOnlyBecause = store.memoryOnlyBecause;
  }

  /**
   * As `refresh`, after another page changed something. Resolves to whether the one that is followed has another name now, or is gone. The
   * extractor goes on with the clue that it has until a voice is chosen: what is under way (a file, a call) is not to change by itself.
   */
  async refreshChosen(): Promise<boolean> {
    const before = this.chosen;
    await this.refresh();
    if (before === null) return false;
    const now = this.clues.find(({ id }) => id === before.id);
    this.chosen = now === undefined ? null : { ...before, name: now.name };
    return now?.name !== before.name;
  }

  /** What is followed, or was on the last visit; undefined where it is not kept any more. */
  get wanted(): StoredClue | undefined {
    const wanted = this.chosen?.id ?? remembered(this.#name);
    return this.clues.find(({ id }) => id === wanted);
  }

  /** Throws InputError where it is not kept. */
  get(id: string): StoredClue {
    const kept = this.clues.find((candidate) => candidate.id === id);
    if (kept !== undefined) return kept;
    throw new InputError('there is no such voice', {
      where: 'voices',
      expected: 'the id of a voice',
      got: id,
    });
  }

  /**
   * Follows it from now on. One of another clue encoder is enrolled again, where its recording was kept; resolves to whether that was so.
   * Rejects with ClueMismatchError where it was not kept, EnrollmentError where it is refused, InputError where there is no such voice;
   * the one before stays then.
   */
  async choose(id: string, extractor: Extractor): Promise<boolean> {
    const kept = this.get(id);
    const clue = clueFits(kept, extractor.report) ? kept : await this.#renew(kept, extractor);
    await extractor.setClue(clue);
    this.chosen = clue;
    remember(this.#name, id);
    return clue !== kept;
  }

  /** Follows it as soon as there is an extractor. */
  want(id: string): void {
    remember(this.#name, id);
  }

  async add(clue: NewClue): Promise<StoredClue> {
    const stored = await (await this.#store).save(clue);
    await this.refresh();
    return stored;
  }

  /** Rejects with ClueMismatchError where it is of another clue encoder than the voice, InputError where the voice is full or not kept any more. */
  async addTake(id: string, take: NewTake): Promise<StoredClue> {
    const grown = await (await this.#store).addTake(id, take);
    await this.refresh();
    return grown;
  }

  /** Rejects with InputError where it has one take only or is not kept any more. */
  async removeTake(id: string): Promise<void> {
    await (await this.#store).removeTake(id);
    await this.refresh();
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

  /** Another clue from the recordings that were kept; the one that is there, where none was. */
  async #renew(clue: StoredClue, extractor: Extractor): Promise<StoredClue> {
    const store = await this.#store;
    const recordings = await store.recordings(clue.id);
    if (recordings.length === 0) return clue;
    this.#setRenewing(clue.id);
    try {
      const { model, clueEncoder } = extractor.report;
      const takes: ClueTake[] = [];
      for (const { samples, rateHz } of recordings)
        takes.push(await extractor.enroll(samples, rateHz, { use: false }));
      const renewed = await store.renew(clue.id, { takes, ...joined(takes), model, clueEncoder });
      await this.refresh();
      return renewed;
    } finally {
      this.#setRenewing(null);
    }
  }

  #setRenewing(id: string | null): void {
    this.renewing = id;
    this.#watcher.onRenewing();
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
