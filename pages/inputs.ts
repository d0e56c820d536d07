// Where the sound comes from: the microphone, or the demonstration over and over.
import type { Source } from '../components/app-state.ts';
import { openMicrophone } from '../src/index.ts';
import { demoFile } from './demo.ts';

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
  return {
    node: new MediaStreamAudioSourceNode(context, { mediaStream: stream }),
    begin: () => {},
    close() {
      track.removeEventListener('ended', onEnded);
      track.stop();
    },
  };
}

async function openDemo(context: AudioContext): Promise<Input> {
  const buffer = await context.decodeAudioData(await demoFile('mixture.wav'));
  const node = new AudioBufferSourceNode(context, { buffer, loop: true });
  return { node, begin: () => node.start(), close: () => node.stop() };
}
