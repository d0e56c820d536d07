// A stream's sound as a node: the one track that is meant, its end, its muting, a browser that refuses its rate.
import { AudioContextError, InputError, MicrophoneError } from './shared/errors.ts';

/** The track whose sound is taken. Throws InputError where there is none, MicrophoneError where it has ended. `where`: who takes it. */
export function soundTrack(stream: MediaStream, where: string): MediaStreamTrack {
  const [track] = stream.getAudioTracks() as (MediaStreamTrack | undefined)[];
  if (track === undefined)
    throw new InputError('the stream carries no sound', {
      where,
      expected: 'at least one audio track',
      got: `${stream.getTracks().length} tracks, none of them audio`,
    });
  if (track.readyState === 'ended')
    throw new MicrophoneError('has ended', {
      where: 'input track',
      expected: "readyState 'live'",
      got: "readyState 'ended'",
      remedy: 'Open it again',
    });
  return track;
}

/** Throws AudioContextError where the browser does not bring a track of that rate into the context. */
export function streamNode(context: AudioContext, track: MediaStreamTrack): AudioNode {
  // A stream of its own: of several tracks the node would take the one whose id comes first.
  const mediaStream = new MediaStream([track]);
  try {
    return new MediaStreamAudioSourceNode(context, { mediaStream });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotSupportedError')) throw error;
    const { sampleRate } = track.getSettings();
    throw new AudioContextError('cannot take a track of another sample rate in this browser', {
      where: 'AudioContext',
      expected: sampleRate === undefined ? "the track's own rate" : `${sampleRate} Hz, as the track has`,
      got: `${context.sampleRate} Hz (${error.message})`,
      remedy:
        'Give createExtractor the rate of the microphone (`rateHz`) or a context that has it, or set microphone and loudspeakers to one rate in the settings of the system',
    });
  }
}

export interface TrackWatcher {
  onEnded(): void;
  onMuted(why: string): void;
  onUnmuted(): void;
}

/** Tells of what happens to a track by itself. Returns what stops the watching. */
export function watchTrack(
  track: MediaStreamTrack,
  { onEnded, onMuted, onUnmuted }: TrackWatcher,
): () => void {
  const watching = new AbortController();
  const { signal } = watching;
  const muted = () => onMuted(`the input '${track.label}' brings no sound: its source is muted`);
  track.addEventListener('ended', onEnded, { signal });
  track.addEventListener('mute', muted, { signal });
  track.addEventListener('unmute', onUnmuted, { signal });
  if (track.muted) muted();
  return () => watching.abort();
}
