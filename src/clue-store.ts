// Voices that were enrolled, kept in IndexedDB; in memory where the browser keeps nothing (private windows, a full disk).
import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from 'idb';
import { InOrder } from './in-order.ts';
import { theirEncoder } from './mean-clue.ts';
import { CrossMambaError, InputError } from './shared/errors.ts';
import type { Clue, EnrollmentReport } from './shared/protocol.ts';
import { joined, MAX_TAKES, type ClueTake } from './shared/takes.ts';

/** One person's clue. It is of use where `clueFits` says so. */
export interface StoredClue extends Clue {
  readonly id: string;
  readonly name: string;
  /** What the model was called that made it. */
  readonly model: string;
  /** Every enrollment of the voice, the oldest first; `embedding` is the mean of theirs, of unit length again. */
  readonly takes: readonly ClueTake[];
  /** What the enrollments were like together; null where that is not known. */
  readonly report: EnrollmentReport | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The enrollment itself, so that another clue encoder can make a clue of it one day. */
export interface StoredRecording {
  /** One channel. */
  readonly samples: Float32Array;
  readonly rateHz: number;
}

export interface NewClue extends Clue {
  readonly name: string;
  readonly model: string;
  /** `embedding` and `report` alone, unless given. */
  readonly takes?: readonly ClueTake[];
  readonly report?: EnrollmentReport | null;
  /** Kept only if it is given. */
  readonly recording?: StoredRecording;
  /** Now, unless given (a clue from a file has its own). */
  readonly createdAt?: string;
}

/** What takes the place of an earlier clue of the same person. */
export type RenewedClue = Pick<StoredClue, 'embedding' | 'clueEncoder' | 'model' | 'report'> &
  Pick<NewClue, 'takes'>;

/** Another enrollment of a voice that is kept. */
export interface NewTake extends Clue {
  readonly report?: EnrollmentReport | null;
  /** Kept only if it is given. */
  readonly recording?: StoredRecording;
}

/** Clues of earlier versions of this library do not say what made them, and are of one take. */
type KeptClue = Omit<StoredClue, 'clueEncoder' | 'takes'> &
  Partial<Pick<StoredClue, 'clueEncoder' | 'takes'>>;

/** In the order of the takes, null where one was not kept while others were. In earlier versions of this library, the one recording. */
type KeptRecordings = StoredRecording | Recordings;
type Recordings = readonly (StoredRecording | null)[];

interface Schema extends DBSchema {
  clues: { key: string; value: KeptClue };
  recordings: { key: string; value: KeptRecordings };
}

const VERSION = 1;
/** Letters of a name; clue files are read up to it. */
export const MAX_NAME = 200;

export class ClueStore {
  #database: IDBPDatabase<Schema> | null;
  /** What the database did not take. */
  readonly #clues = new Map<string, StoredClue>();
  readonly #recordings = new Map<string, Recordings>();
  #reason: string | null;
  /** To the other stores of this name, on this page and on others. */
  #others: BroadcastChannel | null;
  #isClosed = false;
  /** Changes: none begins with what another is about to replace. */
  readonly #changes = new InOrder();

  /** Opens the store of this name. Never rejects: where there is no database, it keeps clues until the page is closed. */
  static async open(name = 'crossmamba'): Promise<ClueStore> {
    try {
      const database = await openDB<Schema>(name, VERSION, {
        upgrade(made) {
          made.createObjectStore('clues', { keyPath: 'id' });
          made.createObjectStore('recordings');
        },
        // Another page wants a newer version: it must not wait for this one.
        blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      });
      return new ClueStore(database, null, othersOf(name));
    } catch (error) {
      return new ClueStore(null, reasonOf(error), null);
    }
  }

  private constructor(
    database: IDBPDatabase<Schema> | null,
    reason: string | null,
    others: BroadcastChannel | null,
  ) {
    this.#database = database;
    this.#reason = reason;
    this.#others = others;
  }

  /** Called when another store of this name, on this page or on another, changed what is kept. Returns what ends that. */
  onChange(listener: () => void): () => void {
    const listening = new AbortController();
    this.#others?.addEventListener('message', listener, { signal: listening.signal });
    return () => listening.abort();
  }

  /** Why something is kept in memory only, so that it is gone when the page is closed; null where all is kept. */
  get memoryOnlyBecause(): string | null {
    return this.#reason;
  }

  /** The oldest first. */
  async list(): Promise<StoredClue[]> {
    const kept = (await this.#try((database) => database.getAll('clues'))) ?? [];
    // What the database did not take may be a change of what it has.
    const all = new Map([...kept.map(toStored), ...this.#clues.values()].map((clue) => [clue.id, clue]));
    return [...all.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  async get(id: string): Promise<StoredClue | undefined> {
    const kept = this.#clues.get(id) ?? (await this.#try((database) => database.get('clues', id)));
    return kept && toStored(kept);
  }

  /** The enrollments that a clue was made of, the oldest first: those that were kept. */
  async recordings(id: string): Promise<readonly StoredRecording[]> {
    return (await this.#recordingsOf(id)).filter((recording) => recording !== null);
  }

  /** Ids of the clues of which an enrollment was kept. */
  async recorded(): Promise<ReadonlySet<string>> {
    const kept = (await this.#try((database) => database.getAllKeys('recordings'))) ?? [];
    const ids = new Set(kept);
    for (const [id, { length }] of this.#recordings)
      if (length === 0) ids.delete(id);
      else ids.add(id);
    return ids;
  }

  /** Keeps a clue under a new id. Rejects with InputError where the name is empty. */
  async save({ recording, ...clue }: NewClue): Promise<StoredClue> {
    const stored: StoredClue = {
      id: newId(),
      name: checkedName(clue.name, 'save'),
      model: clue.model,
      embedding: clue.embedding.slice(),
      takes: copied(clue),
      clueEncoder: clue.clueEncoder ?? null,
      report: clue.report ?? null,
      createdAt: clue.createdAt ?? new Date().toISOString(),
    };
    this.#checkOpen('save');
    return this.#changes.run(async () => {
      const done = await this.#try(async (database) => {
        await together(database, async (clues, recordings) => {
          await clues.add(stored);
          if (recording !== undefined) await recordings.put([recording], stored.id);
        });
        return true;
      });
      if (done) this.#tellOthers();
      else {
        this.#clues.set(stored.id, stored);
        if (recording !== undefined) this.#recordings.set(stored.id, [recording]);
      }
      return stored;
    });
  }

  /** Rejects with InputError where the name is empty or there is no such clue. */
  rename(id: string, name: string): Promise<StoredClue> {
    return this.#change(id, 'rename', () => ({ name: checkedName(name, 'rename') }));
  }

  /** Another clue of the same person in the place of the one that is kept. Rejects with InputError where there is no such clue. */
  renew(id: string, clue: RenewedClue): Promise<StoredClue> {
    const { clueEncoder, model, report } = clue;
    const embedding = clue.embedding.slice();
    const takes = copied(clue);
    return this.#change(
      id,
      'renew',
      () => ({ embedding, takes, clueEncoder, model, report }),
      // Takes without a recording are none of its takes any more.
      (recordings) => recordings.filter((recording) => recording !== null),
    );
  }

  /**
   * Another enrollment of a voice that is kept: its clue becomes the mean of all of them. Rejects with InputError where there is no such clue
   * or it has MAX_TAKES, with ClueMismatchError where another clue encoder made the take.
   */
  addTake(id: string, { embedding, clueEncoder, report, recording }: NewTake): Promise<StoredClue> {
    const take = { embedding: embedding.slice(), report: report ?? null };
    return this.#change(
      id,
      'addTake',
      (old) => {
        if (old.takes.length >= MAX_TAKES)
          throw new InputError('the voice has as many takes as are kept', {
            where: 'addTake',
            expected: `fewer than ${MAX_TAKES}`,
            got: `${old.takes.length}`,
            remedy: 'Enroll the voice anew',
          });
        theirEncoder([old, { clueEncoder }]); // throws where it is not one and the same
        return withTakes([...old.takes, take]);
      },
      (recordings) =>
        recording === undefined && recordings.length === 0 ? [] : [...recordings, recording ?? null],
    );
  }

  /** Takes the newest enrollment back, with its recording. Rejects with InputError where there is no such clue, or it has one take only. */
  removeTake(id: string): Promise<StoredClue> {
    return this.#change(
      id,
      'removeTake',
      ({ takes }) => {
        if (takes.length > 1) return withTakes(takes.slice(0, -1));
        throw new InputError('it is the only take of the voice', {
          where: 'removeTake',
          expected: 'at least 2',
          got: '1',
          remedy: 'Delete the voice instead',
        });
      },
      (recordings) => recordings.slice(0, -1),
    );
  }

  /** With its recording. Nothing happens where there is no such clue. Rejects with InputError where the browser refuses. */
  async delete(id: string): Promise<void> {
    this.#checkOpen('delete');
    return this.#changes.run(async () => {
      this.#clues.delete(id);
      this.#recordings.delete(id);
      const done = await this.#try(async (database) => {
        await together(database, async (clues, recordings) => {
          await Promise.all([clues.delete(id), recordings.delete(id)]);
        });
        return true;
      });
      if (done) this.#tellOthers();
      if (done || this.#database === null) return;
      throw new InputError('the browser did not delete it', {
        where: 'delete',
        got: String(this.#reason),
      });
    });
  }

  /** After the changes that are under way. What is asked to be changed from then on is refused with an InputError. */
  close(): void {
    this.#isClosed = true;
    void this.#changes.run(async () => {
      this.#database?.close();
      this.#database = null;
      this.#others?.close();
      this.#others = null;
    });
  }

  #checkOpen(where: string): void {
    if (this.#isClosed) throw new InputError('the store is closed', { where, remedy: 'Open another one' });
  }

  #tellOthers(): void {
    this.#others?.postMessage('changed');
  }

  /** What `make` throws changes nothing. */
  async #change(
    id: string,
    where: string,
    make: (old: StoredClue) => Partial<StoredClue>,
    makeRecordings: (old: Recordings) => Recordings = (old) => old,
  ): Promise<StoredClue> {
    this.#checkOpen(where);
    const changed = (old: StoredClue | undefined): StoredClue => {
      if (old !== undefined) return { ...old, ...make(old) };
      throw new InputError('there is no such clue', { where, expected: 'the id of a clue', got: id });
    };
    return this.#changes.run(async () => {
      const clue =
        (await this.#changeKept(id, changed, makeRecordings)) ??
        (await this.#changeInMemory(id, changed, makeRecordings));
      this.#tellOthers();
      return clue;
    });
  }

  /** Undefined where the database does not have the newest of it, or refuses. */
  #changeKept(
    id: string,
    make: (old: StoredClue | undefined) => StoredClue,
    makeRecordings: (old: Recordings) => Recordings,
  ): Promise<StoredClue | undefined> {
    if (this.#clues.has(id) || this.#recordings.has(id)) return Promise.resolve(undefined);
    return this.#try((database) =>
      together(database, async (clues, recordings) => {
        const old = await clues.get(id);
        const clue = make(old && toStored(old));
        const before = toList(await recordings.get(id));
        const made = makeRecordings(before);
        await clues.put(clue);
        if (made.length === 0) await recordings.delete(id);
        else if (made !== before) await recordings.put(made, id);
        return clue;
      }),
    );
  }

  async #changeInMemory(
    id: string,
    make: (old: StoredClue | undefined) => StoredClue,
    makeRecordings: (old: Recordings) => Recordings,
  ): Promise<StoredClue> {
    const clue = make(await this.get(id));
    const before = await this.#recordingsOf(id);
    const made = makeRecordings(before);
    this.#clues.set(id, clue);
    if (made !== before) this.#recordings.set(id, made);
    return clue;
  }

  async #recordingsOf(id: string): Promise<Recordings> {
    return this.#recordings.get(id) ?? toList(await this.#try((database) => database.get('recordings', id)));
  }

  /** Undefined where there is no database or it refuses; from then on `memoryOnlyBecause` says why. What we refuse ourselves is thrown. */
  async #try<Value>(task: (database: IDBPDatabase<Schema>) => Promise<Value>): Promise<Value | undefined> {
    if (this.#database === null) return undefined;
    try {
      return await task(this.#database);
    } catch (error) {
      if (error instanceof CrossMambaError) throw error;
      this.#reason = reasonOf(error);
      return undefined;
    }
  }
}

type Store<Name extends 'clues' | 'recordings'> = IDBPObjectStore<
  Schema,
  ['clues', 'recordings'],
  Name,
  'readwrite'
>;

/** In one transaction, all or nothing: another page may change both too, and no take is to be kept without its recording. */
async function together<Value>(
  database: IDBPDatabase<Schema>,
  task: (clues: Store<'clues'>, recordings: Store<'recordings'>) => Promise<Value>,
): Promise<Value> {
  const both = database.transaction(['clues', 'recordings'], 'readwrite');
  const { done } = both;
  // Told below, or by what was asked of it.
  done.catch(() => {});
  try {
    const value = await task(both.objectStore('clues'), both.objectStore('recordings'));
    await done;
    return value;
  } catch (error) {
    try {
      both.abort();
    } catch {
      // It is over already.
    }
    throw error;
  }
}

/** Null in old browsers: then a page sees on its next visit what another one changed. */
function othersOf(name: string): BroadcastChannel | null {
  return typeof BroadcastChannel === 'function' ? new BroadcastChannel(`${name}.clues`) : null;
}

function toStored(clue: KeptClue): StoredClue {
  return { ...clue, clueEncoder: clue.clueEncoder ?? null, takes: clue.takes ?? [onlyTake(clue)] };
}

function toList(kept: KeptRecordings | undefined): Recordings {
  if (kept === undefined) return [];
  return 'samples' in kept ? [kept] : kept;
}

const onlyTake = ({ embedding, report }: Pick<NewClue, 'embedding' | 'report'>): ClueTake => ({
  embedding,
  report: report ?? null,
});

/** The caller may change its own afterwards. */
function copied(clue: Pick<NewClue, 'embedding' | 'report' | 'takes'>): ClueTake[] {
  const { takes = [onlyTake(clue)] } = clue;
  return takes.map(({ embedding, report }) => ({ embedding: embedding.slice(), report }));
}

const withTakes = (takes: readonly ClueTake[]) => ({ takes, ...joined(takes) });

function checkedName(name: string, where: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && trimmed.length <= MAX_NAME) return trimmed;
  throw new InputError('name is empty or too long', {
    where,
    expected: `1 to ${MAX_NAME} letters`,
    got: `${trimmed.length}`,
  });
}

/** `crypto.randomUUID` is there in secure contexts only. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
