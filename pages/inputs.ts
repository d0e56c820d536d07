// Where the sound comes from: the microphone, or the demonstration over and over.
import type { Source } from '../components/app-state.ts';
import { openMicrophone } from '../src/index.ts';
import { demoFile } from './demo.ts';

const LOOK_EVERY_MS = 10;
const MUTED_AFTER_MS = 500;

export interface Input {
  readonly node: AudioNode;
  /** Called once everything listens. */
  begin(): void;
  close(): void;
}

/** Opens a source. `onEnded`: it ended by itself. Throws MicrophoneError or InputError. */
export function openInput(source: Source, context: AudioContext, onEnded: () => void): Promise<Input> {
  return source === 'microphone' ? openLive(context, onEnded) : openDemo(context);
}

async function openLive(context: AudioContext, onEnded: () => void): Promise<Input> {
  const stream = await openMicrophone();
  const [track] = stream.getAudioTracks();
  track.addEventListener('ended', onEnded);
  const node = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  await soundArrives(node, context);
  return {
    node,
    begin: () => {},
    close() {
      track.removeEventListener('ended', onEnded);
      track.stop();
    },
  };
}

/**
 * A microphone begins with silence until its first buffers are there. The model would take it for a quiet room and be wrong about the
 * level for a while, so it is not shown that. One that stays silent is muted, which is its right.
 */
async function soundArrives(node: AudioNode, context: BaseAudioContext): Promise<void> {
  const analyser = new AnalyserNode(context, { fftSize: 256 });
  const newest = new Float32Array(analyser.fftSize);
  node.connect(analyser);
  for (let waitedMs = 0; waitedMs < MUTED_AFTER_MS; waitedMs += LOOK_EVERY_MS) {
    analyser.getFloatTimeDomainData(newest);
    if (newest.some((sample) => sample !== 0)) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  node.disconnect(analyser);
}

async function openDemo(context: AudioContext): Promise<Input> {
  const buffer = await context.decodeAudioData(await demoFile('mixture.wav'));
  const node = new AudioBufferSourceNode(context, { buffer, loop: true });
  return { node, begin: () => node.start(), close: () => node.stop() };
}
