// Fifty times created, started, stopped and disposed of: nothing is left.
import { expect } from 'chai';
import type {} from 'mocha';
import { createExtractor, type Extractor } from '../../src/index.ts';
import { report } from '../report.ts';
import { fakePermission, restoreAll } from './fake/fake-devices.ts';
import { bufferSource, fakeExtractor, music, rejection } from './fake/fake-extractor.ts';
import { openLedger, type Ledger } from './fake/ledger.ts';

const ROUNDS = 50;

afterEach(restoreAll);

function expectNothingLeft(ledger: Ledger): void {
  const held = ledger.held();
  expect(held).to.deep.equal(Object.fromEntries(Object.keys(held).map((kind) => [kind, 0])));
}

/** What a page may do with an extractor in one visit. */
async function visit(made: Extractor, round: number, track: MediaStreamTrack): Promise<void> {
  made.on('stats', () => {});
  const ways = [
    () => made.start(),
    () => made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.05)])),
    () => made.start(new MediaStream([track])),
    () => made.processTrack(track),
  ];
  await ways[round % ways.length]();
  await made.stats();
  made.strength = 0.5;
  await made.stop();
  // Every other time it is disposed of while it runs.
  if (round % 2 === 0) await ways[(round + 1) % ways.length]();
}

it(`leaves nothing behind after ${ROUNDS} × create, start, stop, dispose`, async function () {
  this.timeout(600_000);
  fakePermission('granted');
  const pageContext = new AudioContext();
  const { stream } = new MediaStreamAudioDestinationNode(pageContext);
  const [track] = stream.getAudioTracks();
  const abort = new AbortController();
  const permission = await navigator.permissions.query({ name: 'microphone' });
  const ledger = openLedger([
    window,
    document,
    navigator.mediaDevices,
    pageContext,
    track,
    permission,
    abort.signal,
  ]);
  const outputs: MediaStreamTrack[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const made = await fakeExtractor('', {
      createWorker: ledger.createWorker,
      signal: abort.signal,
      transport: round % 2 === 0 ? 'ring' : 'port',
      ...(round % 5 === 0 ? { context: pageContext } : {}),
    });
    outputs.push(made.track);
    await visit(made, round, track);
    await made.dispose();
  }
  report(`taken and given back: ${JSON.stringify(ledger.taken())}`);
  expect(ledger.taken().workers).to.equal(ROUNDS);
  expect(ledger.taken().contexts).to.equal((ROUNDS * 4) / 5);
  expect(ledger.taken().microphones).to.be.greaterThan(10);
  expect(ledger.taken().intervals).to.be.at.least(ROUNDS);
  expect(ledger.taken().listeners).to.be.greaterThan(ROUNDS);
  expectNothingLeft(ledger);
  expect(outputs.every(({ readyState }) => readyState === 'ended')).to.equal(true);
  expect(track.readyState).to.equal('live');
  expect(pageContext.state).to.not.equal('closed');
  restoreAll();
  await pageContext.close();
});

it('leaves nothing behind where it cannot be created or started', async () => {
  const abort = new AbortController();
  const ledger = openLedger([window, document, navigator.mediaDevices, abort.signal]);
  const { createWorker } = ledger;
  await rejection(createExtractor({ modelUrl: 'fake?broken', createWorker, signal: abort.signal }));
  await rejection(createExtractor({ modelUrl: 'fake', createWorker, strength: 7 }));
  const making = createExtractor({ modelUrl: 'fake', createWorker, signal: abort.signal });
  abort.abort();
  await rejection(making);
  const made = await fakeExtractor('failAtHop=1', { createWorker });
  await rejection(made.start());
  await rejection(made.start({ deviceId: 'none such' }));
  await made.dispose();
  expect(ledger.taken().workers).to.equal(3);
  expectNothingLeft(ledger);
});
