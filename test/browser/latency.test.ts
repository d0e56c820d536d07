// The measurements of the latency page in a real browser: the node's delay to the sample, a loop of known delay, what is refused.
import { expect } from 'chai';
import type {} from 'mocha';
import type { Extractor } from '../../src/index.ts';
import { AudioContextError } from '../../src/index.ts';
import { measureLoop } from '../../src/latency/loop.ts';
import { openLoopRig } from '../../src/latency/loop-rig.ts';
import { measureNodeDelay } from '../../src/latency/node-delay.ts';
import { probe } from '../../src/latency/probe.ts';
import { report } from '../report.ts';
import { replace, restoreAll } from './fake/fake-devices.ts';
import { fakeExtractor, rejection, soundGoesBy, until } from './fake/fake-extractor.ts';
import { fakeLoop, type FakeLoop } from './fake/fake-loop.ts';

let extractor: Extractor | undefined;
let context: AudioContext | undefined;
const opened = { open: 0, total: 0 };

beforeEach(() => void (opened.open = opened.total = 0));

afterEach(async () => {
  restoreAll();
  await extractor?.dispose();
  if (context?.state !== 'closed') await context?.close();
  extractor = context = undefined;
  expect(opened.open, 'loops that were left open').to.equal(0);
});

for (const transport of ['ring', 'port'] as const)
  for (const [rateHz, slackMs] of [
    [16_000, 0],
    [44_100, 8],
    [48_000, 8],
    [96_000, 20],
  ] as const)
    it(`the node adds what it promises, to the sample: ${rateHz} Hz, ${slackMs} ms slack, ${transport}`, async () => {
      context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
      extractor = await fakeExtractor('gain=0.5', { context, transport, slackMs });
      const delay = await measureNodeDelay(extractor, { repeats: 2 });
      report(`${rateHz} Hz, ${transport}: ${delay.measuredSamples.join(', ')} of ${delay.promisedSamples}`);
      expect(delay.measuredSamples).to.deep.equal([extractor.latencySamples, extractor.latencySamples]);
      expect(delay).to.include({ rateHz, promisedSamples: extractor.latencySamples, repeats: 2 });
      expect(extractor.state).to.equal('stopped');
      expect(extractor.bypass).to.equal(false);
    });

it('the node’s delay is held against what each start promises: a device may change between two', async () => {
  context = new AudioContext({ sampleRate: 48_000, latencyHint: 0 });
  await context.resume();
  const output = new GainNode(context);
  const delays = [500, 2000, 900];
  let connected: [AudioNode, DelayNode] | undefined;
  const stop = async () => connected?.[0].disconnect(connected[1]);
  const delay = await measureNodeDelay({
    ...{ context, output, bypass: false, state: 'stopped', latencySamples: 0, stop },
    async start(input) {
      await stop();
      const samples = delays.shift()!;
      // The last is 3 samples later than it says.
      this.latencySamples = delays.length === 0 ? samples - 3 : samples;
      const node = new DelayNode(context!, { delayTime: samples / 48_000, maxDelayTime: 1 });
      connected = [input, node];
      input.connect(node).connect(output);
    },
  } as Parameters<typeof measureNodeDelay>[0] & { latencySamples: number });
  expect(delay).to.include({ promisedSamples: 500, repeats: 3 });
  expect(delay.measuredSamples).to.deep.equal([500, 500, 503]);
});

it('the node’s delay: bypass is as before also where the measurement is broken off', async () => {
  extractor = await fakeExtractor('gain=0.5');
  const abort = new AbortController();
  const measuring = measureNodeDelay(extractor, { signal: abort.signal });
  abort.abort(new DOMException('no more', 'AbortError'));
  expect((await rejection(measuring)).name).to.equal('AbortError');
  expect(extractor.bypass).to.equal(false);
  expect(extractor.state).to.equal('stopped');
});

it('a context that stands still is told, not waited for', async () => {
  context = new AudioContext();
  await context.suspend();
  const into = new GainNode(context);
  const sequence = new Float32Array(128);
  const error = await rejection(probe({ context, sequence, into, places: [into], samples: 128 }));
  expect(error).to.be.instanceOf(AudioContextError);
  expect(error.message).to.match(/plays nothing.*suspended/);
});

for (const [what, held] of [
  ['the recording', 'AudioWorkletNode'],
  ['the sequence', 'AudioBufferSourceNode'],
] as const)
  it(`a page too busy to begin ${what} in time begins again`, async () => {
    context = new AudioContext();
    await context.resume();
    const into = new GainNode(context);
    let made = 0;
    const Real = window[held];
    // Nodes are made between the plan and the start.
    const Held = class extends (Real as typeof AudioWorkletNode) {
      constructor(...given: ConstructorParameters<typeof AudioWorkletNode>) {
        if (made++ === 0) for (const end = performance.now() + 300; performance.now() < end;);
        super(...given);
      }
    };
    replace(window, held, Held);
    const sequence = new Float32Array(256).fill(0.5);
    const [recorded] = await probe({ context, sequence, into, places: [into], samples: 512 });
    expect(made).to.equal(2);
    expect([...recorded]).to.deep.equal([...sequence, ...new Float32Array(256)]);
  });

it('a page that is never in time is told so', async () => {
  context = new AudioContext();
  await context.resume();
  const into = new GainNode(context);
  await soundGoesBy(context, 2);
  replace(context, 'currentTime', 0);
  const request = { context, sequence: new Float32Array(128), into, places: [into], samples: 128 };
  const error = await rejection(probe(request));
  expect(error).to.be.instanceOf(AudioContextError);
  expect(error.message).to.match(/began too late.*late 3 times/);
});

const measure = (loop: FakeLoop, repeats: number, openings: number) =>
  measureLoop({ open: fakeLoop(loop, opened), repeats, openings });

it('the loop: 20 repetitions over 5 openings agree to the sample, in noise and with an echo', async () => {
  const delaySamples = 2345;
  const seen: number[] = [];
  const loop = await measureLoop({
    open: fakeLoop({ delaySamples, noisePeak: 0.2, echo: 0.6 }, opened),
    onTake: (_, done) => seen.push(done),
  });
  const { rateHz } = loop.claims;
  report(
    `loop of ${delaySamples} samples: ${loop.delayMs?.p50.toFixed(3)} ms, ` +
      `peak to second ${Math.min(...loop.takes.map((take) => take.peakToSecond)).toFixed(2)}, ` +
      `to noise ${Math.min(...loop.takes.map((take) => take.peakToNoise)).toFixed(0)}`,
  );
  expect(loop.takes.length).to.equal(20);
  expect(seen).to.deep.equal(Array.from({ length: 20 }, (_, n) => n + 1));
  expect(opened.total).to.equal(5);
  expect(loop.openings).to.equal(5);
  expect(loop.refused).to.equal(null);
  for (const take of loop.takes) {
    expect(take.refused).to.equal(null);
    expect(Math.round((take.delayMs * rateHz) / 1000)).to.equal(delaySamples);
  }
  expect(loop.delayMs).to.include({ n: 20, withinOpening: 0, betweenOpenings: 0 });
  expect(loop.claims.baseLatencyMs).to.be.greaterThan(0);
});

it('the loop by way of a MediaStream takes longer, by what the browser buffers', async () => {
  const delaySamples = 4800;
  const loop = await measure({ delaySamples, stream: true, noisePeak: 0.02 }, 4, 2);
  const ms = (1000 * delaySamples) / loop.claims.rateHz;
  report(
    `a MediaStream adds ${(loop.delayMs!.min - ms).toFixed(1)} to ${(loop.delayMs!.max - ms).toFixed(1)} ms`,
  );
  expect(loop.delayMs!.min).to.be.greaterThan(ms);
  expect(loop.delayMs!.max).to.be.lessThan(ms + 500);
});

for (const [what, loop, refused] of [
  ['noise alone', { gain: 0, noisePeak: 0.3 }, 'unclear'],
  ['a muted microphone', { gain: 0 }, 'silent'],
  ['an echo as loud as the sound', { echo: 0.97, noisePeak: 0.01 }, 'unclear'],
] as const)
  it(`the loop is refused with its reason: ${what}`, async () => {
    const { takes, delayMs, refused: why } = await measure({ delaySamples: 2345, ...loop }, 2, 1);
    expect(delayMs).to.equal(null);
    expect(why).to.equal(refused);
    expect(takes.map((take) => take.refused)).to.deep.equal([refused, refused]);
  });

it('a loop that is longer than what is looked for is not taken for a short one', async () => {
  // Each sequence is heard while the next one is listened for.
  const { delayMs, takes } = await measure({ delaySamples: 68_000, noisePeak: 0.01 }, 4, 1);
  expect(takes.map(({ refused }) => refused)).to.deep.equal(Array(4).fill('unclear'));
  expect(delayMs).to.equal(null);
});

it('the loop ends when it is told to, and closes what it opened', async () => {
  const abort = new AbortController();
  const measuring = measureLoop({
    open: fakeLoop({ delaySamples: 1000 }, opened),
    signal: abort.signal,
    onTake: () => abort.abort(new DOMException('no more', 'AbortError')),
  });
  expect((await rejection(measuring)).name).to.equal('AbortError');
  expect(opened).to.deep.equal({ open: 0, total: 1 });
});

it('does not wait for a loop that is being opened once it is broken off, and closes it when it comes', async () => {
  const abort = new AbortController();
  const rig = await fakeLoop({ delaySamples: 100 }, opened)();
  let come = () => {};
  const open = () => new Promise<typeof rig>((resolve) => (come = () => resolve(rig)));
  const measuring = measureLoop({ open, signal: abort.signal });
  abort.abort(new DOMException('no more', 'AbortError'));
  expect((await rejection(measuring)).name).to.equal('AbortError');
  come();
  await until(() => opened.open === 0, 'the late one to be closed');
});

it('the real rig leaves no microphone open where the context does not run', async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const opening = openLoopRig(
    async () => stream,
    () => {
      context = new AudioContext();
      replace(context, 'state', 'suspended');
      context.resume = () => new Promise(() => {});
      return context;
    },
  );
  expect(await rejection(opening)).to.be.instanceOf(AudioContextError);
  expect(stream.getTracks()[0].readyState).to.equal('ended');
});

it('the real rig opens microphone and context, and closes both', async () => {
  const streams: MediaStream[] = [];
  const rig = await openLoopRig(async () => {
    streams.push(await navigator.mediaDevices.getUserMedia({ audio: true }));
    return streams[0];
  });
  expect(rig.context.state).to.equal('running');
  expect(rig.loudspeaker).to.equal(rig.context.destination);
  await rig.close();
  expect(rig.context.state).to.equal('closed');
  expect(streams[0].getTracks().every((track) => track.readyState === 'ended')).to.equal(true);
});

it('the real rig leaves no microphone open where the context cannot be had', async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const opening = openLoopRig(
    async () => stream,
    () => {
      throw new DOMException('no device', 'NotSupportedError');
    },
  );
  expect((await rejection(opening)).name).to.equal('NotSupportedError');
  expect(stream.getTracks()[0].readyState).to.equal('ended');
});
