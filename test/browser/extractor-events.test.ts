// What an extractor tells by itself, and how the listening ends; what is set, and what is refused; recordings.
import { expect } from 'chai';
import type {} from 'mocha';
import { AbortError, createExtractor, InputError } from '../../src/index.ts';
import type { Extractor, ExtractorStats, OverloadEvent } from '../../src/index.ts';
import {
  bufferSource,
  fakeExtractor,
  fakeWorker,
  music,
  rejection,
  sleep,
  soundGoesBy,
  until,
} from './fake/fake-extractor.ts';

let extractor: Extractor | undefined;
afterEach(async () => {
  await extractor?.dispose();
  extractor = undefined;
});

async function running(query = '', options: Parameters<typeof fakeExtractor>[1] = {}): Promise<Extractor> {
  const made = (extractor = await fakeExtractor(query, { slackMs: 120, ...options }));
  await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
  return made;
}

it('tells its figures about once a second while it runs, and no more after it', async () => {
  const made = await running();
  const told: ExtractorStats[] = [];
  const enough = new Promise<void>((resolve) =>
    made.on('stats', (stats) => {
      told.push(stats);
      if (told.length === 3) resolve();
    }),
  );
  const startMs = performance.now();
  await enough;
  // The first may be near, and each may come late: two seconds, less what the first was late.
  expect(performance.now() - startMs).to.be.greaterThan(1200);
  expect(told[1].hops).to.be.greaterThan(told[0].hops);
  expect(told[1]).to.include({ transport: 'ring', backend: 'webgpu' });
  await made.stop();
  const count = told.length;
  const timers = await timersDuring(1500);
  expect(told.length).to.equal(count);
  expect(timers).to.equal(0);
});

/** How many intervals are set within a while. */
async function timersDuring(ms: number): Promise<number> {
  const original = window.setInterval;
  let count = 0;
  window.setInterval = ((...args: Parameters<typeof original>) => {
    count++;
    return original(...args);
  }) as typeof original;
  await new Promise((resolve) => setTimeout(resolve, ms));
  window.setInterval = original;
  return count;
}

for (const transport of ['ring', 'port'] as const)
  it(`has the figures of the last run until the next one: ${transport}`, async () => {
    const made = (extractor = await fakeExtractor('stallAtHop=30&stallMs=300', { slackMs: 20, transport }));
    expect(await made.stats()).to.include({ quanta: 0, missedDeadlines: 0, hops: 0 });
    const source = new GainNode(made.context);
    await made.start(source);
    await soundGoesBy(made.context, 1.2);
    const before = await made.stats();
    expect(before.missedDeadlines).to.be.greaterThan(10);
    await made.stop();
    const after = await made.stats();
    expect(after.missedDeadlines).to.be.at.least(before.missedDeadlines);
    expect(after.quanta).to.be.at.least(before.quanta);
    expect(after.startFrame).to.equal(before.startFrame);
    if (transport === 'ring') expect(before.skippedHops).to.be.greaterThan(0);
    for (const key of ['hops', 'skippedHops', 'droppedSamples'] as const)
      expect(after[key], key).to.be.at.least(before[key]);
    await made.extract(music(16_000, 1), 16_000);
    expect(await made.stats()).to.deep.equal(after);
    expect(made.levels().inputRms).to.equal(0);
    await made.start(source);
    expect((await made.stats()).quanta).to.be.lessThan(after.quanta);
  });

for (const transport of ['ring', 'port'] as const)
  it(`tells of an overload and of how much sound was replaced: ${transport}`, async () => {
    const made = await running('stallAtHop=60&stallMs=600', { slackMs: 20, transport });
    const told: OverloadEvent[] = [];
    const total = (of: 'missedMs' | 'missedDeadlines') => told.reduce((sum, event) => sum + event[of], 0);
    const beganMs = performance.now();
    made.on('overload', (event) => told.push(event));
    // The stall may fall into two seconds.
    await until(() => total('missedMs') > 200, 'the overload');
    expect(total('missedDeadlines')).to.be.greaterThan(50);
    for (const { missedMs, inLastMs } of told) expect(missedMs).to.be.lessThan(inLastMs + 300);
    // Once a second; a late one and the next may come close to each other.
    expect(told.length).to.be.at.most((performance.now() - beganMs) / 1000 + 1);
    const { missedSamples, missedDeadlines, rateHz } = await made.stats();
    expect(missedDeadlines).to.be.at.least(total('missedDeadlines'));
    expect((1000 * missedSamples) / rateHz).to.be.at.least(total('missedMs') - 0.01);
  });

it('changes the backend while it runs, and says so once', async () => {
  const made = await running();
  const told: object[] = [];
  made.on('backendchange', (event) => told.push(event));
  const report = await made.setBackend('reference');
  expect(report.backend).to.equal('reference');
  expect(made.report.backend).to.equal('reference');
  expect((await made.stats()).backend).to.equal('reference');
  expect(told).to.have.length(1);
  expect(told[0]).to.deep.equal({ backend: 'reference', reason: report.reason, lost: false });
  expect(made.state).to.equal('running');
});

it('ends a listening by what it returns and by a signal', async () => {
  const made = (extractor = await fakeExtractor(''));
  const source = bufferSource(made.context, [music(made.context.sampleRate, 0.1)]);
  const heard: string[] = [];
  const abort = new AbortController();
  const end = made.on('statechange', ({ state }) => heard.push(`a ${state}`));
  made.on('statechange', ({ state }) => heard.push(`b ${state}`), { signal: abort.signal });
  made.on('statechange', () => heard.push('never'), { signal: AbortSignal.abort() });
  await made.start(source);
  end();
  await made.stop();
  abort.abort();
  await made.start(source);
  expect(heard).to.deep.equal(['a running', 'b running', 'b stopped']);
});

it('takes strength and attenuation limit as one setting, and refuses what is neither', async () => {
  const made = (extractor = await fakeExtractor('', { strength: 0.5 }));
  expect(made.attenuationLimitDb).to.be.closeTo(6.02, 0.01);
  made.attenuationLimitDb = 40;
  expect(made.strength).to.be.closeTo(0.99, 1e-12);
  made.attenuationLimitDb = Infinity;
  expect(made.strength).to.equal(1);
  expect(made.attenuationLimitDb).to.equal(Infinity);
  made.strength = 0;
  expect(made.attenuationLimitDb).to.equal(0);
  for (const bad of [-0.1, 1.1, NaN]) expect(() => (made.strength = bad)).to.throw(InputError, /from 0 to 1/);
  for (const bad of [-1, NaN]) expect(() => (made.attenuationLimitDb = bad)).to.throw(InputError, /Infinity/);
  expect(made.strength).to.equal(0);
});

it('refuses options that cannot be used before it loads anything', async () => {
  let workers = 0;
  const createWorker = () => {
    workers++;
    return fakeWorker();
  };
  for (const options of [
    { strength: 2 },
    { slackMs: -1 },
    { slackMs: NaN },
    { missedPolicy: 'noise' as 'silence' },
  ])
    expect(await rejection(createExtractor({ modelUrl: 'fake', createWorker, ...options }))).to.be.instanceOf(
      InputError,
    );
  const error = await rejection(createExtractor({ modelUrl: 'fake', createWorker, rateHz: 7 }));
  expect(error.name).to.equal('AudioContextError');
  expect(workers).to.equal(0);
});

it('tells nobody how far it is once it has failed, though the worker had said so', async () => {
  const context = new AudioContext();
  const events: string[] = [];
  // The processor cannot be loaded, which is seen when the worker has told twice and the page has heard it once.
  let fail: (error: Error) => void = () => {};
  const loading = new Promise<void>((_, reject) => (fail = reject));
  context.audioWorklet.addModule = () => loading;
  const error = await rejection(
    createExtractor({
      modelUrl: 'fake',
      createWorker: fakeWorker,
      context,
      onProgress(loaded, total) {
        events.push(`${loaded} of ${total}`);
        fail(new Error('forbidden'));
      },
    }),
  );
  events.push(error.name);
  await sleep(100);
  expect(events).to.deep.equal(['1 of 2', 'AudioContextError']);
  await context.close();
});

it('tells how far a recording is, and stops when it is told to', async () => {
  const made = (extractor = await fakeExtractor('gain=0.5'));
  const recording = music(16_000, 20);
  const shares: number[] = [];
  const estimate = await made.extract(recording, 16_000, { onProgress: (share) => shares.push(share) });
  expect(estimate.length).to.equal(recording.length);
  expect(shares.length).to.be.greaterThan(3);
  expect(shares).to.deep.equal([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).to.equal(1);

  const abort = new AbortController();
  const reason = new Error('no more');
  const cut = made.extract(recording, 16_000, {
    signal: abort.signal,
    onProgress: () => abort.abort(reason),
  });
  expect(await rejection(cut)).to.equal(reason);
  expect(await rejection(made.extract(recording, 16_000, { signal: abort.signal }))).to.equal(reason);
  // The last word is told before the answer comes.
  const late = new AbortController();
  const atTheEnd = made.extract(recording, 16_000, {
    signal: late.signal,
    onProgress: (share) => share === 1 && late.abort(reason),
  });
  expect(await rejection(atTheEnd)).to.equal(reason);
  // The engine is free again, and forgets what it had begun.
  expect(await made.extract(recording, 16_000)).to.deep.equal(estimate);
});

it('answers what is being asked when it is disposed of, instead of leaving it waiting', async () => {
  const made = await fakeExtractor('');
  const asked = rejection(made.extract(music(16_000, 60), 16_000));
  await made.dispose();
  const error = await asked;
  expect(error instanceof InputError || error instanceof AbortError).to.equal(true);
});

it('is disposed of by what goes out of scope', async () => {
  const made = await fakeExtractor('');
  await made[Symbol.asyncDispose]();
  expect(made.context.state).to.equal('closed');
  expect(await rejection(made.setClue(new Float32Array(256)))).to.be.instanceOf(InputError);
});
