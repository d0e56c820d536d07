// Where a run's sound comes from: a node, a stream, or a microphone that is opened for it.
import { disconnect } from './disconnect.ts';
import { InputError, MicrophoneError } from './shared/errors.ts';
import type { InputTarget, InputWatcher } from './input-target.ts';
import { MicrophoneInput, type MicrophoneChoice } from './microphone-input.ts';
import { soundTrack, streamNode, watchTrack } from './stream-node.ts';

export type ExtractorInput = MediaStream | AudioNode | MicrophoneChoice;

const PLAIN = '[object Object]';
const CHOICE = ['deviceId', 'constraints'] satisfies (keyof MicrophoneChoice)[] as readonly string[];

export interface OpenInput {
  close(): void;
}

/** Throws MicrophoneError, AudioContextError, InputError or the signal's reason; nothing is open then. */
export async function openInput(
  input: ExtractorInput | undefined,
  target: InputTarget,
  watcher: InputWatcher,
): Promise<OpenInput> {
  if (input instanceof AudioNode) return connectNode(input, target);
  if (isStream(input)) return connectStream(input, target, watcher);
  if (isChoice(input)) return MicrophoneInput.open(input ?? {}, target, watcher);
  throw new InputError('cannot be taken as an input', {
    where: 'start',
    expected: 'a MediaStream, an AudioNode, or { deviceId, constraints } of a microphone',
    got: kindOf(input) === PLAIN ? `an object with ${Object.keys(input).join(', ')}` : kindOf(input),
    remedy: 'A track goes in as new MediaStream([track]), or to processTrack',
  });
}

/** Also one of another frame of the page. */
function isStream(input: unknown): input is MediaStream {
  return input instanceof MediaStream || kindOf(input) === '[object MediaStream]';
}

/** Who writes JavaScript may give anything, null too; the default microphone is opened for nobody who meant something else. */
function isChoice(input: unknown): input is MicrophoneChoice | undefined {
  if (input === undefined) return true;
  return kindOf(input) === PLAIN && Object.keys(input as object).every((key) => CHOICE.includes(key));
}

function kindOf(input: unknown): string {
  return Object.prototype.toString.call(input);
}

function connectNode(source: AudioNode, { context, node }: InputTarget): OpenInput {
  if (source.context !== context)
    throw new InputError('node is of another context', {
      where: 'start',
      expected: 'a node of extractor.context',
      got: 'a node of another AudioContext',
      remedy: 'Pass your context to createExtractor',
    });
  source.connect(node);
  return {
    close() {
      disconnect(source, node);
    },
  };
}

/** The stream is the caller's, and stays open. */
function connectStream(
  stream: MediaStream,
  { context, node }: InputTarget,
  watcher: InputWatcher,
): OpenInput {
  const track = soundTrack(stream, 'start');
  const source = streamNode(context, track);
  source.connect(node);
  const forget = watchTrack(track, {
    onMuted: watcher.onInterrupted,
    onUnmuted: watcher.onResumed,
    onEnded: () =>
      watcher.onEnded(
        new MicrophoneError('stopped', {
          where: 'microphone',
          got: "the end of the input's track",
          remedy: 'Plug it in again, or choose another, then start again',
        }),
      ),
  });
  return {
    close() {
      forget();
      source.disconnect();
    },
  };
}
