// The microphone, as it is: opened without the browser's own processing, its failures told by name.
import { MicrophoneError } from './shared/errors.ts';

/**
 * Echo cancelling and noise suppression change voices over time and remove what they take for noise, automatic gain moves the level:
 * all of which the model has never heard, and the clue must be of the same sound as the mixture. The same for enrolling and live;
 * docs/library.md says why, and when to ask for echo cancelling all the same.
 */
export const MICROPHONE_CONSTRAINTS = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
} as const satisfies MediaTrackConstraints;

/**
 * Asks for the microphone. `constraints` are added to (and may override) MICROPHONE_CONSTRAINTS.
 * Throws MicrophoneError: none there, denied, in use, or no way to ask for one.
 */
export async function openMicrophone(constraints: MediaTrackConstraints = {}): Promise<MediaStream> {
  const devices = typeof navigator === 'undefined' ? undefined : navigator.mediaDevices;
  if ((devices as MediaDevices | undefined) === undefined)
    throw new MicrophoneError('cannot be asked for', {
      where: 'microphone',
      expected: 'a page served over HTTPS or from localhost',
      got: typeof location === 'undefined' ? 'no page' : location.origin,
    });
  try {
    return await devices!.getUserMedia({ audio: { ...MICROPHONE_CONSTRAINTS, ...constraints } });
  } catch (error) {
    throw named(error);
  }
}

/** The user or the system took back what it had allowed. */
export function permissionTakenBack(): MicrophoneError {
  return new MicrophoneError('permission was taken back', {
    where: 'microphone',
    remedy: "Allow the microphone in the browser's settings for this page, then start again",
  });
}

function named(error: unknown): MicrophoneError {
  const where = 'microphone';
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const got = `${name}${message === '' ? '' : `: ${message}`}`;
  switch (name) {
    case 'NotFoundError':
      return new MicrophoneError('none was found', {
        where,
        got,
        remedy: 'Plug one in, or choose another in the settings of the system',
      });
    case 'OverconstrainedError':
      return new MicrophoneError('the one that was asked for was not found', {
        where,
        got,
        remedy: 'Plug it in again, or choose another',
      });
    case 'NotAllowedError':
    case 'SecurityError':
      return new MicrophoneError('permission was denied', {
        where,
        got,
        remedy: "Allow the microphone in the browser's settings for this page, then try again",
      });
    case 'NotReadableError':
    case 'AbortError':
      return new MicrophoneError('is in use or does not answer', {
        where,
        got,
        remedy: 'Close other programs that use it, then try again',
      });
    default:
      return new MicrophoneError('could not be opened', { where, got });
  }
}
