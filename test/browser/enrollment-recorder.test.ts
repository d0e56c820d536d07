// A recorder of a voice by itself: microphones that bring nothing, pages that throw, contexts that are closed under it.
import { expect } from 'chai';
import type {} from 'mocha';
import { EnrollmentRecorder, type EnrollmentProgress } from '../../src/index.ts';
import { checkEnrollment } from '../../src/shared/enrollment.ts';
import { InputError, MicrophoneError } from '../../src/shared/errors.ts';
import { nextUncaught } from './fake/uncaught.ts';
import { replace, restoreAll, trackOf, watchMicrophones } from './fake/fake-devices.ts';
import { rejection, soundGoesBy, until } from './fake/fake-extractor.ts';

let context: AudioContext;

beforeEach(async () => {
  context = new AudioContext();
  await context.resume();
});

afterEach(async () => {
  restoreAll();
  if (context.state !== 'closed') await context.close();
});

/** A microphone that brings exact zeros until its `offset` is changed. */
function mutedMicrophone(): { input: MediaStream; source: ConstantSourceNode } {
  const source = new ConstantSourceNode(context, { offset: 0 });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  source.connect(destination);
  source.start();
  return { input: destination.stream, source };
}

describe('a microphone that brings nothing but zeros', () => {
  it('is said to be silent, ends by itself, and is refused as silent', async () => {
    const { input } = mutedMicrophone();
    const told: EnrollmentProgress[] = [];
    const recorder = await EnrollmentRecorder.start({
      input,
      maxS: 2.5,
      onProgress: (now) => told.push(now),
    });
    const recording = (await recorder.done)!;
    expect(recording.end).to.equal('too-long');
    expect(told[0].guidance).to.equal('starting');
    expect(told.at(-1)!.guidance).to.equal('silent');
    expect(recording.samples.length / recording.rateHz).to.be.within(2.4, 4);
    expect(recording.figures.durationS).to.be.closeTo(recording.samples.length / recording.rateHz, 1e-6);
    expect(() => checkEnrollment(recording.samples, recording.rateHz)).to.throw(/is silent/);
  });

  it('loses them where its sound comes late', async () => {
    const { input, source } = mutedMicrophone();
    let told: EnrollmentProgress | undefined;
    const recorder = await EnrollmentRecorder.start({ input, onProgress: (now) => (told = now) });
    await until(() => told?.guidance === 'silent', 'the advice');
    source.offset.value = 0.1;
    await until(() => told!.figures.durationS > 0.2, 'sound');
    const { samples, figures } = (await recorder.finish())!;
    expect(samples[0]).to.not.equal(0);
    expect(figures.durationS).to.be.lessThan(1);
  });
});

it('refuses what carries no sound, or none any more, by name', async () => {
  const nothing = await rejection(EnrollmentRecorder.start({ input: new MediaStream(), context }));
  expect(nothing).to.be.instanceOf(InputError);
  const { input } = mutedMicrophone();
  input.getAudioTracks()[0].stop();
  const over = await rejection(EnrollmentRecorder.start({ input, context }));
  expect(over).to.be.instanceOf(MicrophoneError);
  expect(over.message).to.match(/has ended/);
});

it('ends, and closes its microphone, though the page throws when it is told', async () => {
  const opened = watchMicrophones();
  const thrown = new Error('on purpose');
  const reported = nextUncaught();
  let told = 0;
  const recorder = await EnrollmentRecorder.start({
    onProgress() {
      if (told++ === 0) throw thrown;
    },
  });
  expect(await reported).to.equal(thrown);
  await until(() => told > 3, 'more progress');
  expect((await recorder.finish())!.end).to.equal('asked');
  expect(trackOf(opened[0]).readyState).to.equal('ended');
});

it('gives what came before the page closed its context, and closes its microphone', async () => {
  const opened = watchMicrophones();
  for (const cancels of [false, true]) {
    const own = new AudioContext();
    let told: EnrollmentProgress | undefined;
    const recorder = await EnrollmentRecorder.start({ context: own, onProgress: (now) => (told = now) });
    await until(() => (told?.figures.durationS ?? 0) > 0.2, 'sound');
    await own.close();
    if (cancels) await recorder.cancel();
    else expect((await recorder.done)!.end).to.equal('input-ended');
    expect(trackOf(opened.at(-1)!).readyState).to.equal('ended');
  }
});

it('brings back a context of its own that the browser halts, and tells of it', async () => {
  const own = new AudioContext();
  replace(window, 'AudioContext', function () {
    return own;
  });
  const told: string[] = [];
  const recorder = await EnrollmentRecorder.start({
    onInterruption: ({ state, why }) => told.push(`${state}: ${why}`),
  });
  await own.suspend();
  await until(() => told.length === 2, 'the return');
  expect(told[0]).to.match(/^interrupted: .*halted.*suspended/);
  expect(told[1]).to.match(/^resumed: /);
  expect(own.state).to.equal('running');
  await soundGoesBy(own, 0.3);
  expect((await recorder.finish())!.figures.durationS).to.be.greaterThan(0.1);
  expect(own.state).to.equal('closed');
  expect(told).to.have.length(2);
});

it('tells of a microphone that the system mutes, and of its return; a context of the page is left alone', async () => {
  const opened = watchMicrophones();
  const told: string[] = [];
  const recorder = await EnrollmentRecorder.start({
    context,
    onInterruption: ({ state, why }) => told.push(`${state}: ${why}`),
  });
  trackOf(opened[0]).dispatchEvent(new Event('mute'));
  await context.suspend();
  await until(() => told.length === 2, 'both reasons');
  trackOf(opened[0]).dispatchEvent(new Event('unmute'));
  expect(context.state).to.equal('suspended');
  await context.resume();
  await until(() => told.length === 3, 'the return');
  expect(told[0]).to.match(/^interrupted: .*brings no sound/);
  expect(told[1]).to.match(/^interrupted: .*halted/);
  expect(told[2]).to.match(/^resumed: .*halted/);
  await recorder.cancel();
});

it('can be finished while its context is suspended', async () => {
  const opened = watchMicrophones();
  const recorder = await EnrollmentRecorder.start({ context });
  await soundGoesBy(context, 0.5);
  await context.suspend();
  expect((await recorder.finish())!.end).to.equal('asked');
  expect(trackOf(opened[0]).readyState).to.equal('ended');
});
