// The whole audio path in a real browser: worklet, link, worker, at several rates, mono and stereo, over both transports.
import { expect } from 'chai';
import type {} from 'mocha';
import type { Extractor, ExtractorStats } from '../../src/index.ts';
import { Recorder } from '../../src/recorder.ts';
import { report } from '../report.ts';
import {
  bufferSource,
  compare,
  fakeExtractor,
  measuredLag,
  music,
  play,
  soundGoesBy,
  type Take,
} from './fake/fake-extractor.ts';

let extractor: Extractor | undefined;
let context: AudioContext | undefined;

afterEach(async () => {
  await extractor?.dispose();
  if (context?.state !== 'closed') await context?.close();
  extractor = context = undefined;
});

/** To the sample. Where a machine misses half of all that there is to hear, there is no lag to measure: skipped then, and only then. */
function expectLag(test: Mocha.Context, lag: number, take: Take, { missedSamples }: ExtractorStats): void {
  if (Number.isNaN(lag) && missedSamples > take.output.length / 2) test.skip();
  expect(lag).to.equal(take.latencySamples);
}

for (const transport of ['ring', 'port'] as const)
  for (const [rateHz, channels] of [
    [8000, 1],
    [16_000, 2],
    [44_100, 2],
    [48_000, 1],
    [96_000, 2],
    [192_000, 1],
  ] as const)
    it(`plays the estimate latencySamples late: ${rateHz} Hz, ${channels} channel(s), ${transport}`, async function () {
      context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
      // Much slack, so that a busy machine does not decide.
      extractor = await fakeExtractor('gain=0.5', { context, transport, slackMs: 120 });
      const mixture = music(rateHz, 1.2);
      const take = await play(extractor, Array(channels).fill(mixture));
      const stats = await extractor.stats();
      const lag = measuredLag(take, take.latencySamples + 400);
      const { silent, snrDb } = compare(take, 0.5);
      report(
        `${rateHz} Hz, ${channels} channel(s), ${transport}: lag ${lag} of ${take.latencySamples} samples, ` +
          `${snrDb.toFixed(1)} dB, ${stats.missedSamples} samples missed`,
      );
      expect(stats.transport).to.equal(transport);
      expect(stats.hops + stats.skippedHops).to.be.greaterThan(1.2 * 125);
      // The edges of what was missed are spread by the resampler: they count as missed as well.
      expect(silent).to.be.at.most(stats.missedSamples);
      expectLag(this, lag, take, stats);
      if (stats.missedSamples === 0) expect(snrDb).to.be.greaterThan(45);
      else
        report(`${stats.missedSamples} samples were missed on this machine: the error figure was not judged`);
    });

it('conceals what is missing by default, and plays silence from the moment on that it is told to', async function () {
  const rateHz = 48_000;
  context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
  const query = 'gain=0.5&stallEvery=70&stallUntil=100000&stallMs=150';
  extractor = await fakeExtractor(query, { context, slackMs: 20, missedPolicy: undefined });
  expect(extractor.missedPolicy).to.equal('conceal');
  const made = extractor;
  const halves = async () => {
    const { input, output, latencySamples } = await play(made, [music(rateHz, 2)]);
    return Array.from(input.subarray(0, input.length - latencySamples), (x, n) => [
      x,
      output[n + latencySamples],
    ]);
  };
  // Where the estimate is half of the mixture, what is concealed is so too, as long as it does not go: only silence is silent.
  const concealed = await halves();
  const silent = (pairs: number[][]) => pairs.filter(([x, y]) => Math.abs(x) > 1e-3 && y === 0).length;
  const faded = concealed.filter(
    ([x, y]) => Math.abs(x) > 0.05 && Math.abs(y / x) > 0.05 && Math.abs(y / x) < 0.45,
  );
  const { missedSamples } = await made.stats();
  if (missedSamples > 0.6 * rateHz) this.skip(); // a machine that halts by itself
  expect(missedSamples).to.be.greaterThan(0.2 * rateHz);
  expect(faded.length).to.be.greaterThan(0.01 * rateHz);
  made.missedPolicy = 'silence';
  const without = await halves();
  expect(silent(without)).to.be.greaterThan(silent(concealed) + 0.05 * rateHz);
});

it('adds no more than the budget at 48 kHz by default', async function () {
  context = new AudioContext({ sampleRate: 48_000, latencyHint: 0 });
  extractor = await fakeExtractor('gain=1', { context });
  expect(extractor.latencyMs).to.be.at.most(26);
  let grew = false;
  extractor.on('latencychange', () => (grew = true));
  const take = await play(extractor, [music(48_000, 1.5)]);
  if (grew) this.skip(); // a machine so busy that it took more slack meanwhile
  const stats = await extractor.stats();
  const { missedSamples, missedDeadlines, step, rateHz } = stats;
  report(
    `48 kHz, default slack: ${extractor.latencyMs.toFixed(2)} ms, base latency ${(1000 * context.baseLatency).toFixed(1)} ms, ` +
      `${missedSamples} samples missed in ${missedDeadlines} quanta, hop p50 ${step?.p50.toFixed(2)} p99 ${step?.p99.toFixed(2)} ms`,
  );
  expect(rateHz).to.equal(48_000);
  expectLag(this, measuredLag(take, take.latencySamples + 400), take, stats);
});

it('loses nothing of what it began with where the page is held up while it connects', async () => {
  const rateHz = 48_000;
  context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
  extractor = await fakeExtractor('gain=0.5', { context, slackMs: 0 });
  extractor.bypass = true;
  const source = bufferSource(context, [music(rateHz, 2)]);
  await context.resume();
  const recorder = await Recorder.start(context, [extractor.input, extractor.output]);
  source.start();
  const { connect } = AudioNode.prototype;
  let held = 0;
  AudioNode.prototype.connect = function (this: AudioNode, ...to: [never]) {
    const connected = connect.apply(this, to);
    if (this instanceof AudioWorkletNode || (to[0] as unknown) instanceof AudioWorkletNode) {
      held++;
      for (const end = performance.now() + 80; performance.now() < end;);
    }
    return connected;
  } as typeof connect;
  try {
    await extractor.start(source);
  } finally {
    AudioNode.prototype.connect = connect;
  }
  await soundGoesBy(context, 0.5);
  const { startFrame: began } = await extractor.stats();
  await extractor.stop();
  const { channels, startFrame, lostSamples } = await recorder.finish();
  const [input, output] = channels.map((channel) => channel.subarray(began - startFrame));
  expect(held).to.equal(2);
  expect(lostSamples).to.equal(0);
  expect(input[0]).to.not.equal(0);
  const played = output.subarray(extractor.latencySamples);
  const other = played.findIndex((sample, n) => sample !== input[n]);
  expect(other === -1 ? played.length : other).to.be.greaterThan(0.2 * rateHz);
});

it('does not jump when bypass is switched, and stays aligned', async () => {
  const rateHz = 48_000;
  context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
  // The mixture where something is missed, so that a busy machine makes no jumps of its own beyond the fade's.
  extractor = await fakeExtractor('gain=0.25', { context, slackMs: 120 });
  const running = extractor;
  // So long that a page which comes late to its switches still leaves enough of either.
  const sine = new Float32Array(rateHz * 3).map((_, n) => 0.5 * Math.sin((2 * Math.PI * 200 * n) / rateHz));
  // Enters softly, so that the only jumps are the path's own.
  for (let n = 0; n < 2400; n++) sine[n] *= n / 2400;
  for (let n = 0; n < 2400; n++) sine[sine.length - 1 - n] *= n / 2400;
  const take = await play(extractor, [sine], async () => {
    await soundGoesBy(running.context, 0.9);
    running.bypass = true;
    await soundGoesBy(running.context, 1);
    running.bypass = false;
  });
  const { missedSamples } = await extractor.stats();
  let step = 0;
  let bypassed = 0;
  let extracted = 0;
  for (let n = take.latencySamples + 1; n < take.output.length; n++) {
    step = Math.max(step, Math.abs(take.output[n] - take.output[n - 1]));
    const mixture = take.input[n - take.latencySamples];
    if (Math.abs(mixture) < 0.01) continue;
    if (take.output[n] === mixture) bypassed++;
    else if (Math.abs(take.output[n] - 0.25 * mixture) < 1e-3) extracted++;
  }
  report(
    `bypass: largest step ${step.toFixed(5)}, ${bypassed} samples bypassed, ${extracted} extracted, ${missedSamples} missed`,
  );
  expect(bypassed).to.be.greaterThan(0.3 * rateHz);
  expect(extracted).to.be.greaterThan(0.3 * rateHz);
  // The sine's own steepest step is 0.0131, a fade of 10 ms adds up to 0.0008.
  if (missedSamples + take.lostSamples === 0) expect(step).to.be.lessThan(0.0151);
  else report('samples were missed on this machine: the largest step was not judged');
});

for (const transport of ['ring', 'port'] as const)
  it(`mixes the mixture in as the strength says, aligned to the sample: ${transport}`, async function () {
    const rateHz = 48_000;
    context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
    extractor = await fakeExtractor('gain=0.25', { context, transport, slackMs: 120, strength: 0.6 });
    const take = await play(extractor, [music(rateHz, 1.2)]);
    const stats = await extractor.stats();
    const { missedSamples } = stats;
    // One sample off, the two would add up to something else: tones up to 6.4 kHz are cancelled or doubled by it.
    const { snrDb } = compare(take, 0.6 * 0.25 + 0.4);
    const lag = measuredLag(take, take.latencySamples + 400);
    report(`strength 0.6, ${transport}: lag ${lag}, ${snrDb.toFixed(1)} dB, ${missedSamples} samples missed`);
    if (missedSamples === 0) expect(snrDb).to.be.greaterThan(45);
    else report('samples were missed on this machine: the error figure was not judged');
    expectLag(this, lag, take, stats);
  });

for (const transport of ['ring', 'port'] as const)
  it(`changes the strength while it runs: ${transport}`, async () => {
    const rateHz = 48_000;
    context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
    extractor = await fakeExtractor('gain=0', { context, transport, slackMs: 120 });
    const running = extractor;
    const take = await play(extractor, [music(rateHz, 2.5)], async () => {
      await soundGoesBy(running.context, 0.8);
      running.attenuationLimitDb = 20;
    });
    let before = 0;
    let after = 0;
    for (let n = take.latencySamples; n < take.output.length; n++) {
      const mixture = take.input[n - take.latencySamples];
      if (Math.abs(mixture) < 0.05) continue;
      if (take.output[n] === 0) before++;
      else if (Math.abs(take.output[n] - 0.1 * mixture) < 1e-6) after++;
    }
    expect(before).to.be.greaterThan(0.05 * rateHz);
    expect(after).to.be.greaterThan(0.05 * rateHz);
    expect(running.strength).to.be.closeTo(0.9, 1e-12);
  });

it('needs nothing of the page while it runs: neither timers nor frames nor messages, as in a tab behind others', async () => {
  context = new AudioContext({ latencyHint: 0 });
  extractor = await fakeExtractor('gain=1', { context, slackMs: 120 });
  await extractor.start(bufferSource(context, [music(context.sampleRate, 0.1)]));
  const before = await extractor.stats();
  // The page does nothing else for a second and a half, and asks at once afterwards.
  for (const endMs = performance.now() + 1500; performance.now() < endMs;);
  const { hops, skippedHops, quanta, rateHz } = await extractor.stats();
  const soundS = (128 * (quanta - before.quanta)) / rateHz;
  const hopsWanted = 125 * soundS;
  const hopsGot = hops + skippedHops - before.hops - before.skippedHops;
  report(`page busy for 1500 ms: ${soundS.toFixed(2)} s of sound went by, ${hopsGot} hops`);
  expect(soundS).to.be.greaterThan(0.5);
  expect(hopsGot).to.be.greaterThan(hopsWanted - 0.5 * 125);
});

for (const transport of ['ring', 'port'] as const)
  it(`counts what a stalled worker missed and is in its place again afterwards: ${transport}`, async () => {
    context = new AudioContext({ sampleRate: 48_000, latencyHint: 0 });
    // While the music plays, which a busy page begins late.
    extractor = await fakeExtractor('gain=1&stallAtHop=110&stallMs=500', {
      context,
      transport,
      slackMs: 120,
    });
    const take = await play(extractor, [music(48_000, 2.5)]);
    const { missedSamples, missedDeadlines, lateSamples, skippedHops, overflowSamples } =
      await extractor.stats();
    const { silent } = compare(take);
    const tail = {
      ...take,
      input: take.input.slice(-Math.round(1.2 * 48_000)),
      output: take.output.slice(-Math.round(1.2 * 48_000)),
    };
    report(
      `${transport}, worker stalled 500 ms: ${missedSamples} samples in ${missedDeadlines} quanta missed, ` +
        `${skippedHops} hops left out, ${lateSamples} late, ${overflowSamples} overflowed, tail ${compare(tail).snrDb.toFixed(1)} dB`,
    );
    expect(missedSamples).to.be.greaterThan(0.3 * 48_000);
    expect(silent).to.be.greaterThan(0.25 * 48_000);
    // What the capture ring could not hold came back as silence without being missed.
    expect(silent).to.be.at.most(missedSamples + overflowSamples);
    // A port shows what waits in it only message by message, so an engine that is fast enough may catch up instead of leaving hops out;
    // what it computes then comes late. Shared memory shows the whole backlog at once.
    if (transport === 'ring') expect(skippedHops).to.be.greaterThan(20);
    else expect(skippedHops + lateSamples / 384).to.be.greaterThan(20);
    // With so much slack nothing but a path that does not recover keeps the tail silent.
    expect(measuredLag(tail, take.latencySamples + 400)).to.equal(take.latencySamples);
  });

it('lets no NaN and no Inf of its input through', async () => {
  context = new AudioContext({ sampleRate: 48_000, latencyHint: 0 });
  extractor = await fakeExtractor('gain=1', { context, slackMs: 120 });
  const mixture = music(48_000, 0.8);
  for (let n = 10_000; n < 10_200; n++) mixture[n] = n % 2 === 0 ? NaN : -Infinity;
  const take = await play(extractor, [mixture]);
  const stats = await extractor.stats();
  // A source that begins between two frames is interpolated: that spoils one sample more.
  const spoilt = take.input.filter((x) => !Number.isFinite(x)).length;
  expect(spoilt).to.be.within(200, 201);
  expect(take.output.every((x) => Number.isFinite(x))).to.equal(true);
  expect(stats.nonFinite).to.equal(spoilt);
  let late = 0;
  for (let n = take.output.length - 12_000; n < take.output.length; n++) late += take.output[n] ** 2;
  expect(late).to.be.greaterThan(1);
});

it('goes on with the other backend when the device is lost, and says so', async function () {
  context = new AudioContext({ sampleRate: 16_000, latencyHint: 0 });
  extractor = await fakeExtractor('gain=1&loseAtHop=40', { context, slackMs: 120 });
  const told: string[] = [];
  extractor.on('backendchange', ({ backend, reason, lost }) => told.push(`${backend}: ${reason} ${lost}`));
  const take = await play(extractor, [music(16_000, 1.5)]);
  const stats = await extractor.stats();
  expect(told).to.have.length(1);
  expect(told[0]).to.match(/^wasm: .*fake device: is gone.* true$/);
  expect(stats.backend).to.equal('wasm');
  expect(stats.recoveries).to.equal(1);
  expect(extractor.state).to.equal('running');
  await extractor.start(bufferSource(context, [music(16_000, 0.1)]));
  expect((await extractor.stats()).recoveries, 'in the next run').to.equal(0);
  expectLag(this, measuredLag(take, take.latencySamples + 200), take, stats);
});
