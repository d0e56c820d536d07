// Clues in the browser's own database, and in memory where it refuses.
import { expect } from 'chai';
import { openDB } from 'idb';
import type {} from 'mocha';
import { ClueStore, type NewClue } from '../../src/clue-store.ts';
import { ClueMismatchError, InputError } from '../../src/shared/errors.ts';
import { MAX_TAKES } from '../../src/shared/takes.ts';

const NAME = 'clue-store-test';
const CLUE: NewClue = {
  name: ' Anna ',
  model: 'speaker-base',
  clueEncoder: 'ab'.repeat(32),
  embedding: Float32Array.of(0.6, 0.8),
  report: { durationS: 7, voicedS: 6, levelDbfs: -20, snrDb: 40, clippedShare: 0 },
};
const RECORDING = { samples: Float32Array.of(0.1, -0.2, 0.3), rateHz: 48_000 };

function removed(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: Error) => error,
  );

let store: ClueStore;
/** Replaces a method until the test ends. */
const undo: (() => void)[] = [];
function replace<Key extends string>(target: Record<Key, unknown>, key: Key, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(target, key)!;
  Object.defineProperty(target, key, { configurable: true, value });
  undo.push(() => Object.defineProperty(target, key, before));
}

beforeEach(async () => {
  await removed(NAME);
  store = await ClueStore.open(NAME);
});

afterEach(() => {
  undo.splice(0).forEach((again) => again());
  store.close();
});

it('keeps clues over a visit, the oldest first', async () => {
  const anna = await store.save(CLUE);
  const bert = await store.save({
    ...CLUE,
    name: 'Bert',
    report: null,
    createdAt: '2020-01-01T00:00:00.000Z',
  });
  store.close();
  store = await ClueStore.open(NAME);
  expect(await store.list()).to.deep.equal([bert, anna]);
  expect(anna.name).to.equal('Anna');
  expect(anna.embedding).to.be.instanceOf(Float32Array);
  expect(Date.now() - Date.parse(anna.createdAt)).to.be.within(0, 60_000);
  expect(await store.get(bert.id)).to.deep.equal(bert);
  expect(await store.get('nobody')).to.equal(undefined);
  expect(store.memoryOnlyBecause).to.equal(null);
});

it('keeps a recording only where it is given, and deletes it with the clue', async () => {
  const without = await store.save(CLUE);
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  expect(await store.recordings(without.id)).to.deep.equal([]);
  expect(await store.recordings(id)).to.deep.equal([RECORDING]);
  await store.delete(id);
  expect(await store.recordings(id)).to.deep.equal([]);
  expect((await store.list()).map((clue) => clue.id)).to.deep.equal([without.id]);
  await store.delete('nobody');
});

it('deletes a voice whole that is about to be changed', async () => {
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  const deletions: Promise<void>[] = [];
  const { put } = IDBObjectStore.prototype;
  replace(IDBObjectStore.prototype as never, 'put', function (this: IDBObjectStore, ...values: [unknown]) {
    if (deletions.length === 0) deletions.push(store.delete(id));
    return put.apply(this, values);
  });
  await store.addTake(id, { ...CLUE, recording: RECORDING });
  await Promise.all(deletions);
  expect(deletions).to.have.length(1);
  expect(await store.list()).to.deep.equal([]);
  expect([...(await store.recorded())]).to.deep.equal([]);
});

it('says so where the browser does not delete', async () => {
  const kept = await store.save(CLUE);
  replace(IDBObjectStore.prototype as never, 'delete', () => {
    throw new DOMException('not today', 'UnknownError');
  });
  const error = await rejection(store.delete(kept.id));
  expect(error).to.be.instanceOf(InputError);
  expect(error.message).to.include('did not delete it, got UnknownError: not today');
  expect(await store.list()).to.deep.equal([kept]);
});

it('renames; refuses an empty name and a clue that is not there', async () => {
  const anna = await store.save(CLUE);
  expect(await store.rename(anna.id, ' Anne ')).to.deep.equal({ ...anna, name: 'Anne' });
  expect(await store.get(anna.id)).to.deep.equal({ ...anna, name: 'Anne' });
  const refused = [
    () => store.rename(anna.id, '  '),
    () => store.rename(anna.id, 'x'.repeat(201)),
    () => store.rename('nobody', 'x'),
    () => store.save({ ...CLUE, name: '' }),
  ];
  for (const ask of refused) expect(await rejection(ask())).to.be.instanceOf(InputError);
  expect(await store.list()).to.have.length(1);
});

it('says of a clue of an earlier version that its encoder is not known', async () => {
  const { id, ...kept } = await store.save(CLUE);
  const database = await openDB(NAME);
  const { clueEncoder, takes, ...old } = { ...kept, id: 'old' };
  expect(clueEncoder).to.equal(CLUE.clueEncoder);
  await database.put('clues', old);
  database.close();
  const unknown = { ...old, takes, clueEncoder: null };
  expect(await store.get('old')).to.deep.equal(unknown);
  expect(await store.list()).to.deep.include(unknown);
  expect(await store.rename('old', 'Anna')).to.deep.equal(unknown);
  expect((await store.get(id))!.clueEncoder).to.equal(CLUE.clueEncoder);
});

it('puts another clue in the place of one, beside its recording', async () => {
  const { id } = await store.save(CLUE);
  const old = await store.save({ ...CLUE, recording: RECORDING });
  expect([...(await store.recorded())]).to.deep.equal([old.id]);
  const change = {
    embedding: Float32Array.of(1, 0),
    clueEncoder: 'cd'.repeat(32),
    model: 'speaker-large',
    report: null,
  };
  const renewed = await store.renew(old.id, change);
  expect(renewed).to.deep.equal({
    ...old,
    ...change,
    takes: [{ embedding: change.embedding, report: null }],
  });
  store.close();
  store = await ClueStore.open(NAME);
  expect(await store.get(old.id)).to.deep.equal(renewed);
  expect(await store.recordings(old.id)).to.deep.equal([RECORDING]);
  expect((await store.get(id))!.clueEncoder).to.equal(CLUE.clueEncoder);
  expect(await rejection(store.renew('nobody', change))).to.be.instanceOf(InputError);
});

it('adds takes: the clue is their mean, the recordings stay in order', async () => {
  const other = { samples: Float32Array.of(0.5), rateHz: 16_000 };
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  const take = { ...CLUE, embedding: Float32Array.of(0.8, 0.6), recording: other };
  const grown = await store.addTake(id, take);
  expect(grown.takes).to.deep.equal([CLUE, take].map(({ embedding, report }) => ({ embedding, report })));
  expect([...grown.embedding]).to.deep.equal([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
  expect(grown.report).to.deep.include({ durationS: 14, voicedS: 12, snrDb: 40 });
  store.close();
  store = await ClueStore.open(NAME);
  expect(await store.get(id)).to.deep.equal(grown);
  expect(await store.recordings(id)).to.deep.equal([RECORDING, other]);
  expect(await rejection(store.addTake('nobody', take))).to.be.instanceOf(InputError);
});

it('loses no change to another that is made at the same time, here or on another page', async () => {
  const elsewhere = await ClueStore.open(NAME);
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  await Promise.all([
    store.addTake(id, { ...CLUE, recording: RECORDING }),
    elsewhere.addTake(id, { ...CLUE, recording: RECORDING }),
    store.rename(id, 'Bea'),
    store.addTake(id, { ...CLUE, recording: RECORDING }),
  ]);
  elsewhere.close();
  const { takes, name } = (await store.get(id))!;
  expect(name).to.equal('Bea');
  expect(takes).to.have.length(4);
  expect(await store.recordings(id)).to.have.length(4);
});

it('tells the other stores of its name of every change, and nobody who does not listen any more', async () => {
  const [other, stranger] = [await ClueStore.open(NAME), await ClueStore.open(`${NAME}-2`)];
  const told: string[] = [];
  store.onChange(() => told.push('itself'));
  stranger.onChange(() => told.push('stranger'));
  const forget = other.onChange(() => told.push('other'));
  const isTold = async (count: number) => {
    while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).to.deep.equal(Array(count).fill('other'));
  };
  const { id } = await store.save(CLUE);
  await isTold(1);
  await store.rename(id, 'Bert');
  await isTold(2);
  await store.addTake(id, { ...CLUE, recording: RECORDING });
  await isTold(3);
  await store.delete(id);
  await isTold(4);
  // Closed before it is kept.
  void store.save(CLUE);
  store.close();
  await isTold(5);
  store = await ClueStore.open(NAME);
  forget();
  await store.save(CLUE);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await isTold(5);
  other.close();
  stranger.close();
});

it('takes the newest take back, with its recording, down to one', async () => {
  const other = { samples: Float32Array.of(0.5), rateHz: 16_000 };
  const first = await store.save({ ...CLUE, report: null });
  const { id } = first;
  await store.addTake(id, CLUE);
  await store.addTake(id, { ...CLUE, recording: RECORDING });
  await store.addTake(id, { ...CLUE, recording: other });
  const four = await store.addTake(id, { ...CLUE, embedding: Float32Array.of(0, 1) });
  expect(four.report).to.deep.include({ durationS: 28 });
  expect(await store.recordings(id)).to.deep.equal([RECORDING, other]);
  const seen: unknown[] = [];
  for (let n = 0; n < 4; n++) {
    const { takes } = await store.removeTake(id);
    seen.push([takes.length, (await store.recordings(id)).length, (await store.recorded()).size]);
  }
  expect(seen).to.deep.equal([
    [4, 2, 1],
    [3, 1, 1],
    [2, 0, 0],
    [1, 0, 0],
  ]);
  expect(await store.get(id)).to.deep.equal(first);
  expect((await rejection(store.removeTake(id))).message).to.match(/only take.*Delete the voice instead/);
  expect(await rejection(store.removeTake('nobody'))).to.be.instanceOf(InputError);
});

it('keeps takes and recordings in step when a clue is renewed from what was kept', async () => {
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  await store.addTake(id, CLUE);
  await store.renew(id, { ...CLUE, model: 'newer', report: null, clueEncoder: CLUE.clueEncoder });
  await store.addTake(id, CLUE);
  await store.removeTake(id);
  expect(await store.recordings(id)).to.deep.equal([RECORDING]);
});

it('refuses a take of another clue encoder, and one too many', async () => {
  const { id } = await store.save(CLUE);
  const other = await rejection(
    store.addTake(id, { ...CLUE, clueEncoder: 'cd'.repeat(32), recording: RECORDING }),
  );
  expect(other).to.be.instanceOf(ClueMismatchError);
  expect(await store.recordings(id)).to.deep.equal([]);
  for (let n = 1; n < MAX_TAKES; n++) await store.addTake(id, CLUE);
  expect((await rejection(store.addTake(id, CLUE))).message).to.match(/as many takes.*fewer than 20, got 20/);
  expect((await store.get(id))!.takes).to.have.length(MAX_TAKES);
});

it('reads what an earlier version kept: one take, one recording', async () => {
  const { id, takes, ...rest } = await store.save(CLUE);
  const database = await openDB(NAME);
  await database.put('clues', { ...rest, id });
  await database.put('recordings', RECORDING, id);
  database.close();
  expect(await store.get(id)).to.deep.equal({ ...rest, id, takes });
  expect(await store.recordings(id)).to.deep.equal([RECORDING]);
  await store.addTake(id, { ...CLUE, recording: RECORDING });
  expect(await store.recordings(id)).to.deep.equal([RECORDING, RECORDING]);
});

it('changes nothing when the caller changes what it gave', async () => {
  const embedding = Float32Array.of(0.6, 0.8);
  const { id } = await store.save({ ...CLUE, embedding });
  embedding.fill(0);
  expect((await store.get(id))!.embedding).to.deep.equal(Float32Array.of(0.6, 0.8));
});

async function worksInMemory(): Promise<void> {
  const anna = await store.save({ ...CLUE, recording: RECORDING });
  expect(await store.list()).to.deep.equal([anna]);
  expect(await store.recordings(anna.id)).to.deep.equal([RECORDING]);
  expect([...(await store.recorded())]).to.deep.equal([anna.id]);
  await store.rename(anna.id, 'Anne');
  expect((await store.get(anna.id))!.name).to.equal('Anne');
  const change = { ...CLUE, report: null, embedding: Float32Array.of(1, 0), clueEncoder: 'cd' };
  expect(await store.renew(anna.id, change)).to.include({ name: 'Anne', clueEncoder: 'cd' });
  expect((await store.addTake(anna.id, { ...change, recording: RECORDING })).takes).to.have.length(2);
  expect(await store.recordings(anna.id)).to.deep.equal([RECORDING, RECORDING]);
  await store.delete(anna.id);
  expect(await store.list()).to.deep.equal([]);
}

it('keeps clues in memory where there is no database, and says why', async () => {
  store.close();
  replace(IDBFactory.prototype as never, 'open', () => {
    throw new DOMException('forbidden on purpose', 'SecurityError');
  });
  store = await ClueStore.open(NAME);
  expect(store.memoryOnlyBecause).to.equal('SecurityError: forbidden on purpose');
  await worksInMemory();
});

it('keeps in memory what a full disk does not take, beside what is kept', async () => {
  const kept = await store.save(CLUE);
  replace(IDBObjectStore.prototype as never, 'add', () => {
    throw new DOMException('full on purpose', 'QuotaExceededError');
  });
  const extra = await store.save({ ...CLUE, name: 'Zoe' });
  expect(store.memoryOnlyBecause).to.equal('QuotaExceededError: full on purpose');
  expect(await store.list()).to.deep.equal([kept, extra]);
  expect((await store.rename(extra.id, 'Zoé')).name).to.equal('Zoé');
  expect(await store.get(extra.id)).to.have.property('name', 'Zoé');
});

it('keeps no take without its recording: what a full disk does not take is in memory whole', async () => {
  const { id } = await store.save({ ...CLUE, recording: RECORDING });
  const { put } = IDBObjectStore.prototype;
  replace(IDBObjectStore.prototype as never, 'put', function (this: IDBObjectStore, ...given: [unknown]) {
    if (this.name === 'recordings') throw new DOMException('full on purpose', 'QuotaExceededError');
    return put.apply(this, given);
  });
  const second = { ...CLUE, embedding: Float32Array.of(0.8, 0.6) };
  const grown = await store.addTake(id, { ...second, recording: { ...RECORDING, rateHz: 44_100 } });
  expect(grown.takes).to.have.length(2);
  expect(store.memoryOnlyBecause).to.include('full on purpose');
  expect((await store.recordings(id)).map(({ rateHz }) => rateHz)).to.deep.equal([48_000, 44_100]);
  const later = await ClueStore.open(NAME);
  expect((await later.get(id))!.takes).to.have.length(1);
  expect(await later.recordings(id)).to.deep.equal([RECORDING]);
  later.close();
});

it('refuses what is asked of it once it is closed, and ends what was asked before', async () => {
  const clue = await store.save(CLUE);
  const renaming = store.rename(clue.id, 'Anne');
  store.close();
  await renaming;
  for (const change of [
    () => store.save(CLUE),
    () => store.rename(clue.id, 'Bert'),
    () => store.delete(clue.id),
    () => store.addTake(clue.id, CLUE),
  ]) {
    const error = await rejection(change());
    expect(error).to.be.instanceOf(InputError);
    expect(error.message).to.include('the store is closed');
  }
  store = await ClueStore.open(NAME);
  expect((await store.list()).map(({ name }) => name)).to.deep.equal(['Anne']);
});

it('shows a change that a full disk does not take, once', async () => {
  const { id } = await store.save(CLUE);
  replace(IDBObjectStore.prototype as never, 'put', () => {
    throw new DOMException('full on purpose', 'QuotaExceededError');
  });
  await store.rename(id, 'Zoe');
  expect((await store.list()).map(({ name }) => name)).to.deep.equal(['Zoe']);
});

it('does not keep another page from a newer version', async () => {
  await store.save(CLUE);
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(NAME, 99);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onblocked = () => reject(new Error('the store held on to its database'));
  });
  await worksAfterwards();
});

/** The database is another version's now: what is saved stays in memory. */
async function worksAfterwards(): Promise<void> {
  const late = await store.save({ ...CLUE, name: 'Late' });
  expect((await store.list()).map(({ id }) => id)).to.deep.equal([late.id]);
  expect(store.memoryOnlyBecause).to.match(/InvalidStateError|closing|closed/);
}
