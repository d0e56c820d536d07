// The extractor as its users meet it: lifecycle, microphone, named errors, nothing left behind.
import { expect } from 'chai';
import type {} from 'mocha';
import type { CrossMambaError } from '../../src/shared/errors.ts';
import {
  AudioContextError,
  ClueMismatchError,
  EnrollmentError,
  InputError,
  MicrophoneError,
  ModelFileError,
} from '../../src/shared/errors.ts';
import { openMicrophone } from '../../src/microphone.ts';
import { createExtractor, createTrackProcessor, type Extractor } from '../../src/index.ts';
import { EnrollmentRecorder } from '../../src/enrollment-recorder.ts';
import { watchMicrophones, restoreAll, trackOf } from './fake/fake-devices.ts';
import {
  bufferSource,
  countedWorkers,
  fakeExtractor,
  fakeWorker,
  music,
  rejection,
  sleep,
  until,
} from './fake/fake-extractor.ts';

const extractors: Extractor[] = [];
async function extractor(query = '', options: Parameters<typeof fakeExtractor>[1] = {}): Promise<Extractor> {
  const made = await fakeExtractor(query, options);
  extractors.push(made);
  return made;
}

afterEach(async () => {
  restoreAll();
  for (const made of extractors.splice(0)) await made.dispose();
});

it('runs on the microphone, says what it does, and lets go of it', async () => {
  const made = await extractor('gain=1');
  const states: string[] = [];
  made.on('statechange', ({ state }) => states.push(state));
  const opened: MediaStream[] = [];
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  let asked: MediaStreamConstraints | undefined;
  mediaDevices.getUserMedia = async (constraints) => {
    asked = constraints;
    const stream = await original(constraints);
    opened.push(stream);
    return stream;
  };
  try {
    await made.start();
  } finally {
    mediaDevices.getUserMedia = original;
  }
  expect(asked?.audio).to.include({
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  });
  expect(made.state).to.equal('running');
  expect(made.track.readyState).to.equal('live');
  // The fake microphone beeps once a second.
  await until(() => made.levels().inputPeak > 0.01, 'a beep');
  let stats = await made.stats();
  for (; stats.hops <= 5; stats = await made.stats()) await sleep(100);
  expect(stats.step!.p50).to.be.at.most(stats.step!.p99);
  expect(stats).to.include({ backend: 'webgpu', reason: 'asked for auto', transport: 'ring' });
  await made.stop();
  expect(states).to.deep.equal(['running', 'stopped']);
  expect(opened[0].getAudioTracks()[0].readyState).to.equal('ended');
  expect(made.track.readyState).to.equal('live');
});

it('starts, stops and starts again, calls in any order', async () => {
  const made = await extractor();
  const source = bufferSource(made.context, [music(made.context.sampleRate, 0.2)]);
  void made.start(source);
  void made.stop();
  await made.start(source);
  expect(made.state).to.equal('running');
  await made.start(source);
  expect(made.state).to.equal('running');
  await made.stop();
  await made.stop();
  expect(made.state).to.equal('stopped');
});

it('leaves a stream that it was given open', async () => {
  const made = await extractor();
  const stream = await openMicrophone();
  await made.start(stream);
  await made.stop();
  expect(stream.getAudioTracks()[0].readyState).to.equal('live');
  stream.getAudioTracks()[0].stop();
});

it('stops with a MicrophoneError when its input ends by itself', async () => {
  const made = await extractor();
  const stream = await openMicrophone();
  const failed = new Promise<Error>((resolve) => made.on('error', ({ error }) => resolve(error)));
  await made.start(stream);
  stream.getAudioTracks()[0].dispatchEvent(new Event('ended'));
  expect(await failed).to.be.instanceOf(MicrophoneError);
  await made.stop();
  expect(made.state).to.equal('stopped');
  stream.getAudioTracks()[0].stop();
});

for (const [name, says] of [
  ['NotFoundError', /none was found/],
  ['NotAllowedError', /permission was denied.*Allow the microphone/],
  ['NotReadableError', /in use/],
] as const)
  it(`tells ${name} by a MicrophoneError, and nothing runs`, async () => {
    const made = await extractor();
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException('as the browser puts it', name));
    try {
      const error = await rejection(made.start());
      expect(error).to.be.instanceOf(MicrophoneError);
      expect(error.message).to.match(says);
    } finally {
      mediaDevices.getUserMedia = original;
    }
    expect(made.state).to.equal('stopped');
    // The extractor is as good as before.
    await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
    expect(made.state).to.equal('running');
  });

it('carries named errors over from the worker, with code and details', async () => {
  const worker = countedWorkers();
  const error = await rejection(createExtractor({ modelUrl: 'fake?broken', createWorker: worker.create }));
  expect(error).to.be.instanceOf(ModelFileError);
  expect((error as CrossMambaError).code).to.equal('model-file');
  expect((error as CrossMambaError).details).to.include({ expected: 'abc', got: 'def' });
  expect(worker.alive()).to.equal(0);
});

it('ends, with its error or its recording, where the browser never says that it closed the context', async () => {
  const { close } = AudioContext.prototype;
  const left: AudioContext[] = [];
  AudioContext.prototype.close = function () {
    left.push(this);
    return new Promise<void>(() => {});
  };
  try {
    const error = await rejection(createExtractor({ modelUrl: 'fake?broken', createWorker: fakeWorker }));
    expect(error).to.be.instanceOf(ModelFileError);
    const made = await fakeExtractor('gain=1');
    await made.dispose();
    const recorder = await EnrollmentRecorder.start();
    await sleep(300);
    const recording = await recorder.finish();
    expect(recording!.end).to.equal('asked');
    expect(left).to.have.length(3);
  } finally {
    AudioContext.prototype.close = close;
    await Promise.all(left.map((context) => context.close()));
  }
});

it('refuses an enrollment that is silent and keeps the clue it has', async () => {
  const made = await extractor();
  const error = await rejection(made.enroll(new Float32Array(16_000), 16_000));
  expect(error).to.be.instanceOf(EnrollmentError);
  await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
  expect(made.state).to.equal('running');
});

it('enrolls from samples and from an AudioBuffer of two channels, and leaves the caller its samples', async () => {
  const made = await extractor();
  const samples = music(48_000, 2);
  const { embedding, report } = await made.enroll(samples, 48_000);
  expect(samples.length).to.equal(96_000);
  expect(embedding.length).to.equal(256);
  expect(report.durationS).to.equal(2);
  const buffer = new AudioBuffer({ length: 96_000, numberOfChannels: 2, sampleRate: 48_000 });
  buffer.copyToChannel(samples, 0);
  buffer.copyToChannel(samples, 1);
  const again = await made.enroll(buffer);
  expect(again.embedding).to.deep.equal(embedding);
  expect(await rejection(made.enroll(samples))).to.be.instanceOf(InputError);
  const oddly = made.enroll(samples, '48000' as unknown as number);
  expect((await rejection(oddly)).message).to.match(/rate of the samples is missing.*got '48000'/);
});

it('takes options in the place of the rate where an AudioBuffer has one', async () => {
  const made = await createExtractor({ modelUrl: 'fake', createWorker: fakeWorker });
  extractors.push(made);
  const buffer = new AudioBuffer({ length: 32_000, numberOfChannels: 1, sampleRate: 16_000 });
  buffer.copyToChannel(music(16_000, 2), 0);
  await made.enroll(buffer, { use: false });
  expect(made.hasClue).to.equal(false);
  await made.enroll(buffer, undefined, { use: false });
  expect(made.hasClue).to.equal(false);
  await made.enroll(buffer);
  const shares: number[] = [];
  await made.extract(buffer, { onProgress: (share) => shares.push(share), hearFirst: false });
  expect(shares.at(-1)).to.equal(1);
  expect((await rejection(made.extract(buffer, { signal: AbortSignal.abort() }))).name).to.equal(
    'AbortError',
  );
});

it('follows clues of its own encoder only, whatever the model is called; the clue before stays', async () => {
  const options = { modelUrl: 'fake?clueEncoder=newer', createWorker: fakeWorker };
  const made = await createExtractor(options);
  extractors.push(made);
  expect(made.report).to.include({ model: 'fake', clueEncoder: 'newer' });
  const samples = music(16_000, 2);
  const enrollment = await made.enroll(samples, 16_000, { use: false });
  expect(enrollment.clueEncoder).to.equal('newer');
  const older = { ...enrollment, clueEncoder: 'older' };
  const refused = async () => {
    const error = await rejection(made.setClue(older));
    expect(error).to.be.instanceOf(ClueMismatchError);
    expect(error.message).to.match(/expected clue encoder newer \(fake\), got clue encoder older\. Enroll/);
  };
  await refused();
  expect((await rejection(made.extract(samples, 16_000))).message).to.match(/no voice is enrolled/);
  await made.setClue(enrollment);
  await refused();
  expect(await made.extract(samples, 16_000)).to.have.length(samples.length);
  const processor = createTrackProcessor({ ...options, clue: older });
  const { stream } = new MediaStreamAudioDestinationNode(made.context);
  const init = processor.init({ kind: 'audio', track: stream.getAudioTracks()[0] });
  expect(await rejection(init)).to.be.instanceOf(ClueMismatchError);
  expect(processor.extractor).to.equal(undefined);
});

it('extracts a file: same length, aligned', async () => {
  const made = await extractor('gain=0.5');
  const mixture = music(44_100, 0.5);
  const estimate = await made.extract(mixture, 44_100);
  expect(estimate.length).to.equal(mixture.length);
  let worst = 0;
  for (let n = 2000; n < mixture.length - 2000; n++)
    worst = Math.max(worst, Math.abs(estimate[n] - 0.5 * mixture[n]));
  expect(worst).to.be.lessThan(2e-3);
  expect(await rejection(made.extract(new Float32Array(0), 44_100))).to.be.instanceOf(InputError);
  const refused = await rejection(made.extract(mixture, 7));
  expect(refused).to.be.instanceOf(AudioContextError);
  expect(refused.message).to.match(/^extract: .*got 7 Hz\. Convert it to a rate from 8 to 192 kHz$/);
});

it('says what is missing: a clue, a node of its context, a rate it can work with', async () => {
  const bare = await createExtractor({ modelUrl: 'fake', createWorker: fakeWorker });
  extractors.push(bare);
  expect((await rejection(bare.start())).message).to.match(/no voice is enrolled/);
  const made = await extractor();
  const other = new AudioContext();
  expect((await rejection(made.start(new GainNode(other)))).message).to.match(/another context/);
  await other.close();
  // Nobody who meant another input gets the default microphone.
  const opened = watchMicrophones();
  for (const input of [made.track, 'a-device-id', null])
    expect((await rejection(made.start(input as never))).message).to.match(/cannot be taken as an input/);
  expect(opened).to.deep.equal([]);
  const throughJson: unknown = JSON.parse(JSON.stringify({ embedding: new Float32Array(256) }));
  expect((await rejection(made.setClue(throughJson as never))).message).to.match(/importClue/);
  const low = { sampleRate: 7 } as AudioContext;
  const error = await rejection(
    createExtractor({ modelUrl: 'fake', createWorker: fakeWorker, context: low }),
  );
  expect(error).to.be.instanceOf(AudioContextError);
  expect(error.message).to.match(/8000 to 192000 Hz, got 7 Hz/);
});

it('fails with the engine, says so and stops', async () => {
  const made = await extractor('failAtHop=30');
  const failed = new Promise<Error>((resolve) => made.on('error', ({ error }) => resolve(error)));
  await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
  const error = await failed;
  expect(error).to.be.instanceOf(InputError);
  expect(error.message).to.match(/fake engine: failed on purpose/);
  await made.stop();
  expect(made.state).to.equal('stopped');
});

it('ends with its worker, says why from then on, and asks nobody for a microphone', async () => {
  const opened = watchMicrophones();
  let worker: Worker | undefined;
  const made = await fakeExtractor('gain=1', { createWorker: () => (worker = fakeWorker()) });
  extractors.push(made);
  const errors: Error[] = [];
  made.on('error', ({ error }) => errors.push(error));
  await made.start();
  expect(made.failure).to.equal(null);
  const asked = rejection(made.extract(music(48_000, 1), 48_000));
  worker!.dispatchEvent(new ErrorEvent('error', { message: 'boom' }));
  expect((await asked).message).to.include('boom');
  await until(() => made.state === 'stopped', 'the end');
  expect(errors).to.have.length(1);
  expect(errors[0].message).to.match(/the worker failed.*boom.*Create another extractor/);
  expect(made.failure).to.equal(errors[0]);
  expect(trackOf(opened[0]).readyState).to.equal('ended');
  expect(await rejection(made.start())).to.equal(errors[0]);
  expect(opened).to.have.length(1);
});

it('asks nobody for a microphone while a recording is extracted, which goes on', async () => {
  const made = await extractor('gain=1');
  const opened = watchMicrophones();
  const extracting = made.extract(music(48_000, 2), 48_000);
  expect((await rejection(made.start())).message).to.match(/a recording is being extracted/);
  expect(await extracting).to.have.length(96_000);
  expect(opened).to.have.length(0);
});

it('follows nobody once the clue is forgotten, also where one was under way', async () => {
  const made = await extractor('gain=1');
  const clue = new Float32Array(256);
  clue[1] = 1;
  const setting = made.setClue(clue);
  const forgetting = made.forgetClue();
  await Promise.all([setting, forgetting]);
  expect(made.hasClue).to.equal(false);
  expect((await rejection(made.start())).message).to.match(/no voice is enrolled/);
  expect((await rejection(made.extract(music(48_000, 1), 48_000))).message).to.match(/no voice is enrolled/);
  await made.setClue(clue);
  expect(made.hasClue).to.equal(true);
});

it('names what is no recording, no input and no transport', async () => {
  const made = await extractor();
  for (const wrong of [[0, 0.1], new Float64Array(8), new Blob([]), null, undefined]) {
    const error = await rejection(made.enroll(wrong as never, 48_000));
    expect(error, String(wrong)).to.be.instanceOf(InputError);
    expect(error.message).to.match(/enroll: recording is neither an AudioBuffer nor samples/);
  }
  const opened = watchMicrophones();
  const misspelt = await rejection(made.start({ deviceID: 'abc' } as never));
  expect(misspelt.message).to.match(/\{ deviceId, constraints \}.*got an object with deviceID/);
  expect(opened).to.have.length(0);
  const shared = createExtractor({
    modelUrl: 'fake',
    createWorker: fakeWorker,
    transport: 'shared' as never,
  });
  expect((await rejection(shared)).message).to.match(
    /there is no such transport.*'ring' or 'port'.*'shared'/,
  );
});

it('says so when the worker cannot be loaded', async () => {
  const createWorker = () => new Worker(new URL('./fake/none-such.ts', import.meta.url), { type: 'module' });
  const error = await rejection(createExtractor({ modelUrl: 'fake', createWorker }));
  expect(error).to.be.instanceOf(InputError);
  expect(error.message).to.match(/the worker failed/);
});

it('loads until it is told to stop', async () => {
  const worker = countedWorkers();
  const abort = new AbortController();
  const making = createExtractor({ modelUrl: 'fake', createWorker: worker.create, signal: abort.signal });
  abort.abort(new DOMException('no more', 'AbortError'));
  expect((await rejection(making)).name).to.equal('AbortError');
  expect(worker.alive()).to.equal(0);
});

it('frees worker, nodes, track and its own context, and refuses to go on', async () => {
  const worker = countedWorkers();
  const made = await fakeExtractor('', { createWorker: worker.create });
  await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
  const { context, track } = made;
  await made.dispose();
  await made.dispose();
  expect(worker.alive()).to.equal(0);
  expect(context.state).to.equal('closed');
  expect(track.readyState).to.equal('ended');
  expect(await rejection(made.stats())).to.be.instanceOf(InputError);
  expect(await rejection(made.start())).to.be.instanceOf(InputError);
});

it('takes the stream of another frame of the page', async () => {
  const made = await extractor();
  const opened = watchMicrophones();
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const { MediaStream: OtherStream } = frame.contentWindow as unknown as typeof globalThis;
  const stream = new OtherStream(new MediaStreamAudioDestinationNode(made.context).stream.getTracks());
  expect(stream).not.to.be.instanceOf(MediaStream);
  await made.start(stream);
  expect(made.state).to.equal('running');
  expect(opened).to.have.length(0);
  frame.remove();
});

it('follows what was enrolled although another clue was refused meanwhile', async () => {
  const made = await createExtractor({ modelUrl: 'fake', createWorker: fakeWorker });
  extractors.push(made);
  const enrolled = made.enroll(music(48_000, 3), 48_000);
  const refused = rejection(made.setClue(new Float32Array(256).fill(NaN)));
  expect(await refused).to.be.instanceOf(InputError);
  await enrolled;
  expect(made.hasClue).to.equal(true);
});

it('stops and is disposed of while the worker does not answer', async () => {
  const opened = watchMicrophones();
  let attaches = 0;
  const worker = countedWorkers(({ path }) => path?.[0] !== 'attach' || ++attaches < 0);
  const made = await fakeExtractor('', { createWorker: worker.create });
  const starting = rejection(made.start());
  await until(() => attaches === 1, 'the worker to be asked');
  await made.stop();
  expect(await starting).to.include({ name: 'AbortError', code: 'aborted' });
  expect(trackOf(opened[0]).readyState).to.equal('ended');
  const again = rejection(made.start(bufferSource(made.context, [music(48_000, 0.1)])));
  await made.dispose();
  await again;
  expect(worker.alive()).to.equal(0);
});

it('runs on, stops and is disposed of though the page disconnects its meter and its monitor', async () => {
  const worker = countedWorkers();
  const made = await fakeExtractor('gain=1', { createWorker: worker.create, slackMs: 120 });
  const source = bufferSource(made.context, [music(made.context.sampleRate, 20)]);
  await made.start(source);
  source.start();
  made.output.connect(new AnalyserNode(made.context));
  made.input.disconnect();
  made.output.disconnect();
  const heard = new AnalyserNode(made.context);
  const newest = new Float32Array(heard.fftSize);
  new MediaStreamAudioSourceNode(made.context, { mediaStream: new MediaStream([made.track]) }).connect(heard);
  await until(() => {
    heard.getFloatTimeDomainData(newest);
    return newest.some((sample) => Math.abs(sample) > 0.01);
  }, 'sound in the track');
  await made.stop();
  expect(made.state).to.equal('stopped');
  await made.dispose();
  expect(worker.alive()).to.equal(0);
  expect(made.context.state).to.equal('closed');
});

it('has another track where the page has stopped the one before', async () => {
  const made = await extractor('');
  const { track } = made;
  expect(made.track).to.equal(track);
  track.stop(); // as a page does that hangs up
  expect(made.track).to.not.equal(track);
  expect(made.track.readyState).to.equal('live');
  const { track: last } = made;
  await made.context.close();
  expect(made.track).to.equal(last);
});

it('follows who was asked for last, whoever is answered first', async () => {
  const followed: number[] = [];
  const workers = countedWorkers(({ path, argumentList }) => {
    if (path?.[0] === 'setClue') followed.push((argumentList![0].value as Float32Array).indexOf(1));
    return true;
  });
  const made = await extractor('', { createWorker: workers.create });
  const chosen = new Float32Array(256);
  chosen[7] = 1;
  const early = made.enroll(music(16_000, 1), 16_000);
  await made.setClue(chosen);
  expect((await early).embedding.indexOf(1)).to.equal(16_000 % 256);
  expect(followed).to.deep.equal([0, 7]);
  // Who failed was not followed: then it is the one before.
  const before = made.enroll(music(16_000, 0.5), 16_000);
  await rejection(made.enroll(new Float32Array(16_000), 16_000));
  await before;
  expect(followed).to.deep.equal([0, 7, 8000 % 256]);
});

it("leaves a context that is the page's own open", async () => {
  const context = new AudioContext();
  const made = await fakeExtractor('', { context });
  await made.dispose();
  expect(context.state).to.not.equal('closed');
  await context.close();
});
