// A call within one page: what the far end receives is nearer to the wanted voice than the mixture is. Shipped model, synthetic voices.
import { expect } from 'chai';
import type {} from 'mocha';
import { createExtractor, type Extractor } from '../../src/index.ts';
import { Recorder } from '../../src/recorder.ts';
import { siSdrDb } from '../../src/shared/metrics.ts';
import { report } from '../report.ts';
import { sleep } from './fake/fake-extractor.ts';

const RATE_HZ = 16_000;
/** The far end hears it so late at most: codec, jitter buffer, extractor. */
const MAX_LAG = 1.5 * RATE_HZ;
/** A jitter buffer stretches and shortens: each piece is aligned by itself. */
const PIECE = RATE_HZ / 2;
const DRIFT = 320;
/** What codec and jitter buffer cost a call that is not broken: 1 dB here. */
const MOST_LOST_DB = 2.5;

let extractor: Extractor | undefined;
let context: AudioContext;
const ends: RTCPeerConnection[] = [];

before(() => {
  context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: 0 });
});

after(async () => {
  await extractor?.dispose();
  ends.forEach((end) => end.close());
  await context.close();
});

async function demo(name: string): Promise<AudioBuffer> {
  const response = await fetch(new URL(`../../public/demo/${name}.wav`, import.meta.url));
  return context.decodeAudioData(await response.arrayBuffer());
}

/** Sends a track through a connection of its own; resolves to what comes out at the far end. */
async function call(track: MediaStreamTrack): Promise<AudioNode> {
  const near = new RTCPeerConnection();
  const far = new RTCPeerConnection();
  ends.push(near, far);
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
  const received = new Promise<MediaStreamTrack>(
    (resolve) => (far.ontrack = (event) => resolve(event.track)),
  );
  near.addTrack(track, new MediaStream([track]));
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription!);
  await far.setLocalDescription();
  const { type, sdp } = far.localDescription!;
  // As good as the codec can, so that the voices decide and not the codec.
  await near.setRemoteDescription({
    type,
    sdp: sdp.replace('useinbandfec=1', 'useinbandfec=1;maxaveragebitrate=128000'),
  });
  const mediaStream = new MediaStream([await received]);
  // Chromium brings a far track into the graph only where an element plays it.
  const player = new Audio();
  player.muted = true;
  player.srcObject = mediaStream;
  await player.play();
  return new MediaStreamAudioSourceNode(context, { mediaStream });
}

/** The lag from `first` to `last` at which `heard` from `at` on is most like `target` from `from` on. */
function bestLag(
  target: Float32Array,
  heard: Float32Array,
  [from, length]: [number, number],
  [first, last]: [number, number],
): number {
  let best = -Infinity;
  let lag = first;
  for (let candidate = Math.max(first, -from); candidate <= last; candidate++) {
    if (from + length + candidate > heard.length) break;
    let sum = 0;
    for (let n = from; n < from + length; n++) sum += target[n] * heard[n + candidate];
    if (sum <= best) continue;
    best = sum;
    lag = candidate;
  }
  return lag;
}

/** SI-SDR of what was heard, each piece where it fits best. */
function heardSiSdrDb(target: Float32Array, heard: Float32Array): number {
  const middle = Math.floor(target.length / 2);
  const lag = bestLag(target, heard, [middle - 2 * RATE_HZ, 4 * RATE_HZ], [0, MAX_LAG]);
  const aligned = new Float32Array(target.length);
  for (let from = 0; from + PIECE <= target.length; from += PIECE) {
    const own = bestLag(target, heard, [from, PIECE], [lag - DRIFT, lag + DRIFT]);
    aligned.set(heard.subarray(from + own, from + own + PIECE), from);
  }
  return siSdrDb(aligned, target);
}

it('brings the estimate to the far end of a call', async function () {
  const [mixture, enrollment, wanted] = await Promise.all(['mixture', 'enrollment', 'target'].map(demo));
  extractor = await createExtractor({
    modelUrl: new URL('../../public/models/speaker-base', import.meta.url),
    backend: 'wasm',
    context,
    slackMs: 60,
  });
  await extractor.enroll(enrollment);
  const source = new AudioBufferSourceNode(context, { buffer: mixture });
  const microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  source.connect(microphone);
  const [track] = microphone.stream.getAudioTracks();
  const processed = await extractor.processTrack(track);
  // The mixture in another call at the same time, so that codec and network weigh on both.
  const far = [await call(processed), await call(track)];
  // Until the jitter buffers have settled.
  await sleep(1500);
  const recorder = await Recorder.start(context, far);
  const ended = new Promise((resolve) => (source.onended = resolve));
  source.start();
  await ended;
  await sleep(1500);
  const { channels, lostSamples } = await recorder.finish();
  const { missedSamples } = await extractor.stats();
  const target = wanted.getChannelData(0);
  const mixtureDb = siSdrDb(mixture.getChannelData(0), target);
  const [farDb, farMixtureDb] = channels.map((heard) => heardSiSdrDb(target, heard));
  report(
    `call: SI-SDR of the mixture ${mixtureDb.toFixed(1)} dB, at the far end ${farMixtureDb.toFixed(1)} dB, ` +
      `of the estimate at the far end ${farDb.toFixed(1)} dB; ${missedSamples} samples missed, ${lostSamples} not recorded`,
  );
  if (missedSamples + lostSamples > 0.1 * target.length) {
    report('too much was missed on this machine: the figures were not judged');
    return this.skip();
  }
  if (farMixtureDb < mixtureDb - MOST_LOST_DB) {
    report(
      'the call itself was broken on this machine (the mixture suffered, too): the figures were not judged',
    );
    return this.skip();
  }
  expect(farDb).to.be.greaterThan(mixtureDb + 1);
  expect(farDb).to.be.greaterThan(farMixtureDb + 1);
});
