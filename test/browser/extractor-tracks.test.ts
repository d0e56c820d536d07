// Tracks in and out: processTrack, and the processor that call libraries take, held against the interface as LiveKit documents it.
import { expect } from 'chai';
import type {} from 'mocha';
import { createTrackProcessor, InputError, MicrophoneError } from '../../src/index.ts';
import type { AudioTrackProcessor, Extractor } from '../../src/index.ts';
import { unplug } from './fake/fake-devices.ts';
import { countedWorkers, fakeExtractor, fakeWorker, rejection, until } from './fake/fake-extractor.ts';

/** The public interface of livekit-client's processors for sound: its options and methods. */
enum Kind {
  Audio = 'audio',
  Video = 'video',
}
interface ProcessorOptions<T extends Kind> {
  kind: T;
  track: MediaStreamTrack;
  element?: HTMLMediaElement;
  audioContext?: AudioContext;
}
interface AudioProcessorOptions extends ProcessorOptions<Kind.Audio> {
  audioContext: AudioContext;
}
interface TrackProcessor<T extends Kind, U extends ProcessorOptions<T>> {
  name: string;
  init: (opts: U) => Promise<void>;
  restart: (opts: U) => Promise<void>;
  destroy: () => Promise<void>;
  processedTrack?: MediaStreamTrack;
  onPublish?: (room: object) => Promise<void>;
  onUnpublish?: () => Promise<void>;
}
type LiveKitProcessor = TrackProcessor<Kind.Audio, AudioProcessorOptions>;

const CLUE = new Float32Array(256).fill(1 / 16);
let page: AudioContext;
let tone: OscillatorNode;
let extractor: Extractor | undefined;
let processor: AudioTrackProcessor | undefined;

beforeEach(async () => {
  page = new AudioContext();
  await page.resume();
  tone = new OscillatorNode(page, { frequency: 440 });
  tone.start();
});

afterEach(async () => {
  await processor?.destroy();
  await extractor?.dispose();
  await page.close();
  extractor = processor = undefined;
});

/** A track of its own that carries the tone. */
function toneTrack(): MediaStreamTrack {
  const destination = new MediaStreamAudioDestinationNode(page, { channelCount: 1 });
  tone.connect(destination);
  return destination.stream.getAudioTracks()[0];
}

/** Waits until sound, or nothing but silence, comes out of a track. */
async function hears(track: MediaStreamTrack, sound = true): Promise<void> {
  const source = new MediaStreamAudioSourceNode(page, { mediaStream: new MediaStream([track]) });
  const analyser = new AnalyserNode(page, { fftSize: 2048 });
  source.connect(analyser);
  const newest = new Float32Array(2048);
  await until(
    () => {
      analyser.getFloatTimeDomainData(newest);
      return newest.some((x) => Math.abs(x) > 0.01) === sound;
    },
    sound ? 'sound' : 'silence',
  );
  source.disconnect();
}

const ended = (track: MediaStreamTrack) => new Promise((resolve) => track.addEventListener('ended', resolve));

describe('processTrack', () => {
  it('gives a track that carries the estimate, and ends it with the given one', async () => {
    const made = (extractor = await fakeExtractor('gain=0.5', { slackMs: 120 }));
    const failures: Error[] = [];
    made.on('error', ({ error }) => failures.push(error));
    const given = toneTrack();
    const processed = await made.processTrack(given);
    expect(processed.kind).to.equal('audio');
    expect(processed).to.not.equal(made.track);
    await hears(processed);
    const end = ended(processed);
    given.dispatchEvent(new Event('ended'));
    await end;
    expect(processed.readyState).to.equal('ended');
    await until(() => made.state === 'stopped', 'the stop');
    // The end of a call is no failure, and the extractor is as good as before.
    expect(failures).to.deep.equal([]);
    expect(made.track.readyState).to.equal('live');
    await hears(await made.processTrack(toneTrack()));
  });

  it('leaves the given track open, ends its own with the extractor', async () => {
    const made = await fakeExtractor('');
    const given = toneTrack();
    const processed = await made.processTrack(given);
    const end = ended(processed);
    await made.dispose();
    await end;
    expect(processed.readyState).to.equal('ended');
    expect(given.readyState).to.equal('live');
  });

  it('gives one that has ended where the given one ends while it starts', async () => {
    for (const afterMs of [0, 5, 20]) {
      const made = await fakeExtractor('');
      const given = toneTrack();
      const processing = made.processTrack(given);
      setTimeout(() => unplug(given), afterMs);
      // Where it had ended before it was looked at, that is an error.
      const processed = await processing.catch((error: Error) => error);
      if (processed instanceof Error) expect(processed).to.be.instanceOf(MicrophoneError);
      else await until(() => processed.readyState === 'ended', 'the end of the processed track');
      await until(() => made.state === 'stopped', 'the stop');
      await made.dispose();
    }
  });

  it('refuses what carries no sound, or none any more', async () => {
    const made = (extractor = await fakeExtractor(''));
    const canvas = document.createElement('canvas');
    canvas.getContext('2d');
    const [video] = canvas.captureStream().getVideoTracks();
    const error = await rejection(made.processTrack(video));
    expect(error).to.be.instanceOf(InputError);
    expect(error.message).to.match(/carries no sound/);
    const over = toneTrack();
    over.stop();
    expect((await rejection(made.processTrack(over))).message).to.match(/has ended/);
    expect(made.state).to.equal('stopped');
  });
});

it('takes the first audio track of a stream, whatever its id', async () => {
  const made = (extractor = await fakeExtractor('gain=1', { slackMs: 120 }));
  const silent = new MediaStreamAudioDestinationNode(page).stream.getAudioTracks()[0];
  let first = toneTrack();
  while (first.id < silent.id) first = toneTrack();
  await made.start(new MediaStream([first, silent]));
  await hears(made.track);
});

describe('createTrackProcessor', () => {
  it('serves a call library: init, restart with another track, destroy; the context stays open', async () => {
    const made = createTrackProcessor({
      modelUrl: 'fake',
      createWorker: fakeWorker,
      clue: CLUE,
      slackMs: 120,
    });
    processor = made;
    const asLiveKitSeesIt: LiveKitProcessor = made;
    expect(asLiveKitSeesIt.name).to.equal('crossmamba-web');
    expect(made.processedTrack).to.equal(undefined);
    const track = toneTrack();
    await asLiveKitSeesIt.init({ kind: Kind.Audio, track, audioContext: page });
    expect(made.extractor!.context).to.equal(page);
    const { processedTrack } = made;
    await hears(processedTrack!);
    track.stop();
    await hears(processedTrack!, false);
    await asLiveKitSeesIt.restart({ kind: Kind.Audio, track: toneTrack(), audioContext: page });
    expect(made.processedTrack).to.equal(processedTrack);
    await hears(processedTrack!);
    await asLiveKitSeesIt.destroy();
    expect(processedTrack!.readyState).to.equal('ended');
    expect(made.processedTrack).to.equal(undefined);
    expect(made.extractor).to.equal(undefined);
    expect(page.state).to.equal('running');
  });

  it('makes a context at the rate that was asked for, whatever the track has', async () => {
    const options = { modelUrl: 'fake', createWorker: fakeWorker, clue: CLUE };
    processor = createTrackProcessor({ ...options, rateHz: 44_100 });
    await processor.init({ kind: 'audio', track: toneTrack() });
    expect(processor.extractor!.context.sampleRate).to.equal(44_100);
  });

  it('works on an extractor that is there, and leaves it there', async () => {
    const there = (extractor = await fakeExtractor('', { slackMs: 120 }));
    processor = createTrackProcessor({ extractor: there });
    await processor.init({ kind: 'audio', track: toneTrack(), audioContext: page });
    await hears(processor.processedTrack!);
    await hears(there.track);
    await processor.destroy();
    expect(there.state).to.equal('stopped');
    expect(there.track.readyState).to.equal('live');
  });

  it('is switched off and on again by a library that stops the processed track itself', async () => {
    const there = (extractor = await fakeExtractor('', { slackMs: 120 }));
    const made = (processor = createTrackProcessor({ extractor: there }));
    const microphone = toneTrack();
    await made.init({ kind: 'audio', track: microphone, audioContext: page });
    made.processedTrack!.stop(); // as livekit-client's LocalTrack does
    await made.destroy();
    await made.init({ kind: 'audio', track: microphone, audioContext: page });
    await hears(made.processedTrack!);
  });

  it('is destroyed while it is being made, and makes one at a time', async () => {
    const workers = countedWorkers();
    const made = createTrackProcessor({ modelUrl: 'fake', createWorker: workers.create, clue: CLUE });
    const init = () => made.init({ kind: 'audio', track: toneTrack(), audioContext: page });
    const left = rejection(init());
    await made.destroy();
    expect(await left).to.include({ name: 'AbortError', code: 'aborted' });
    expect(made.extractor).to.equal(undefined);
    expect(workers.alive()).to.equal(0);
    await Promise.all([init(), init()]);
    expect(workers.alive()).to.equal(1);
    expect(made.extractor!.state).to.equal('running');
    await made.destroy();
    expect(workers.alive()).to.equal(0);
  });

  it("makes a context at the track's rate where it is given none", async () => {
    processor = createTrackProcessor({ modelUrl: 'fake', createWorker: fakeWorker, clue: CLUE });
    const track = toneTrack();
    track.getSettings = () => ({ sampleRate: 32_000 });
    await processor.init({ kind: 'audio', track });
    const { context } = processor.extractor!;
    expect(context.sampleRate).to.equal(32_000);
    await processor.destroy();
    expect(context.state).to.equal('closed');
  });

  it('refuses pictures, and to run without a voice; nothing stays behind', async () => {
    const workers = countedWorkers();
    processor = createTrackProcessor({ modelUrl: 'fake', createWorker: workers.create });
    const track = toneTrack();
    const picture = await rejection(processor.init({ kind: 'video', track, audioContext: page }));
    expect(picture).to.be.instanceOf(InputError);
    expect(picture.message).to.match(/only sound/);
    const voiceless = await rejection(processor.init({ kind: 'audio', track, audioContext: page }));
    expect(voiceless.message).to.match(/no voice is enrolled/);
    expect(workers.alive()).to.equal(0);
    expect(processor.extractor).to.equal(undefined);
  });
});
