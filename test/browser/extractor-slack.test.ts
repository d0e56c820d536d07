// More slack for a run that misses deadlines again and again.
import { expect } from 'chai';
import type {} from 'mocha';
import type { Extractor, LatencyChangeEvent } from '../../src/index.ts';
import { Recorder } from '../../src/recorder.ts';
import {
  BURST_METER_NAME,
  type BurstMeterOptions,
  type FromBurstMeter,
} from '../../src/shared/device-burst.ts';
import { replace, restoreAll } from './fake/fake-devices.ts';
import { extractorLagSamples } from '../../src/shared/audio-lag.ts';
import {
  bufferSource,
  countedWorkers,
  fakeExtractor,
  measuredLag,
  music,
  soundGoesBy,
  until,
} from './fake/fake-extractor.ts';

let extractor: Extractor | undefined;
afterEach(async () => {
  restoreAll();
  await extractor?.dispose();
  extractor = undefined;
});

const HOPS_PER_S = 125;
/** The last stall; each is longer than any slack that a run takes by itself. */
const STALL_UNTIL = 5 * HOPS_PER_S;
const STALLS = `stallEvery=31&stallMs=90&stallUntil=${STALL_UNTIL}`;

/** With 68 ms of slack. */
const hasMost = ({ latencyMs }: Extractor) => latencyMs > 80;

function growthsOf(made: Extractor): LatencyChangeEvent[] {
  const told: LatencyChangeEvent[] = [];
  made.on('latencychange', (event) => told.push(event));
  return told;
}

it('is as much as the bursts need in which the device takes its sound', async () => {
  const { AudioWorkletNode: Node } = globalThis;
  class FourAtOnce extends Node {
    constructor(context: BaseAudioContext, name: string, options: AudioWorkletNodeOptions) {
      super(context, name, options);
      if (name !== BURST_METER_NAME) return;
      const { quanta } = options.processorOptions as BurstMeterOptions;
      const burstMs = (4 * 128_000) / context.sampleRate;
      const data = Float64Array.from({ length: quanta }, (_, n) => burstMs * Math.floor(n / 4));
      Object.defineProperty(this, 'port', {
        value: {
          close() {},
          set onmessage(listener: (event: { data: FromBurstMeter }) => void) {
            queueMicrotask(() => listener({ data }));
          },
        },
      });
    }
  }
  const made = (extractor = await fakeExtractor('gain=1'));
  const { sampleRate } = made.context;
  replace(globalThis, 'AudioWorkletNode', FourAtOnce);
  await made.start(new GainNode(made.context));
  const slack = made.latencySamples - extractorLagSamples(sampleRate);
  expect(slack).to.equal(Math.round(0.008 * sampleRate) + 3 * 128);
});

for (const transport of ['ring', 'port'] as const)
  it(`is told, and then the estimate is as late as was told: ${transport}`, async function () {
    const made = (extractor = await fakeExtractor(`gain=0.5&${STALLS}`, { transport }));
    const { context } = made;
    const told = growthsOf(made);
    const entry = new GainNode(context);
    await made.start(entry);
    if (hasMost(made)) this.skip(); // a machine so busy that it began with all that there is
    let { latencySamples } = made;
    await until(() => told.length > 0, 'more slack');
    // The last seconds with stalls may ask for more once more.
    await soundGoesBy(context, Math.max(0, (STALL_UNTIL - (await made.stats()).hops) / HOPS_PER_S) + 3);
    for (const event of told) {
      expect(event.grownSamples).to.be.greaterThan(0);
      expect(event.latencySamples).to.equal((latencySamples += event.grownSamples));
      expect(event.latencyMs).to.equal((1000 * event.latencySamples) / context.sampleRate);
      expect(event.frame).to.be.within(1, context.currentTime * context.sampleRate);
      expect(event.why).to.match(/late again and again|larger bursts/);
    }
    expect(made.latencySamples).to.equal(latencySamples);
    const recorder = await Recorder.start(context, [made.input, made.output]);
    const source = bufferSource(context, [music(context.sampleRate, 1.5)]);
    source.connect(entry);
    source.start();
    await soundGoesBy(context, 2);
    const { channels } = await recorder.finish();
    if (made.latencySamples !== latencySamples) this.skip(); // so busy that it grew once more
    const take = {
      input: channels[0],
      output: channels[1],
      latencySamples,
      lostSamples: 0,
      leadSamples: 0,
      onset: 0,
    };
    const lag = measuredLag(take, latencySamples + 400);
    if (Number.isNaN(lag)) this.skip(); // a machine that misses nearly everything
    expect(lag).to.equal(latencySamples);
  });

it('is given up where the run is stopped meanwhile; the next one measures for itself', async function () {
  let isAsked = false;
  const attached: unknown[] = [];
  const { create } = countedWorkers(({ path, argumentList }) => {
    const isGrowth = path?.[0] === 'growSlack';
    isAsked ||= isGrowth;
    if (path?.[0] === 'attach') attached.push(argumentList?.[2].value);
    return !isGrowth; // never answered
  });
  const made = (extractor = await fakeExtractor(STALLS, { createWorker: create }));
  const told = growthsOf(made);
  const { context } = made;
  const source = new GainNode(context);
  await made.start(source);
  if (hasMost(made)) this.skip(); // a device whose bursts are as long as anything gets
  const { latencySamples } = made;
  await until(() => isAsked, 'the question');
  await made.stop();
  expect(made.latencySamples).to.equal(latencySamples);
  await made.start(source);
  const slackSamples = made.latencySamples - extractorLagSamples(context.sampleRate);
  expect(attached).to.have.length(2);
  expect(attached[1]).to.equal(slackSamples);
  expect(told).to.deep.equal([]);
});

it('is not taken where a slack was asked for, whatever is missed', async () => {
  const made = (extractor = await fakeExtractor(STALLS, { slackMs: 20 }));
  const told = growthsOf(made);
  const { context, latencySamples } = made;
  await made.start(bufferSource(context, [music(context.sampleRate, 0.1)]));
  await soundGoesBy(context, 5);
  expect((await made.stats()).missedDeadlines).to.be.greaterThan(0);
  expect(told).to.deep.equal([]);
  expect(made.latencySamples).to.equal(latencySamples);
});
