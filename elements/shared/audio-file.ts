// A sound file's samples: a WAV exactly as it is, anything else as the browser decodes it.
import { InputError, WavError } from '../../src/shared/errors.ts';
import { mixDown, OTHER_FORMAT, readWav } from '../../src/shared/wav.ts';

/** Rate at which the browser decodes what is no WAV. */
const DECODED_RATE_HZ = 48000;

export interface Audio {
  /** One channel: the mean of all. */
  readonly samples: Float32Array;
  readonly rateHz: number;
  /** In the file. */
  readonly channels: number;
}

/** Throws WavError or InputError, naming `where`. */
export async function readAudio(bytes: ArrayBuffer, where: string): Promise<Audio> {
  const startsLikeWav =
    String.fromCharCode(...new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))) === 'RIFF';
  let wavError: WavError | undefined;
  if (startsLikeWav)
    try {
      const { channels, rateHz } = readWav(new Uint8Array(bytes), where);
      return { samples: mixDown(channels), rateHz, channels: channels.length };
    } catch (error) {
      // What is damaged is told: the browser would read a part of it and say nothing.
      if (!(error instanceof WavError) || !OTHER_FORMAT.includes(error.what)) throw error;
      wavError = error;
    }
  try {
    const decoder = new OfflineAudioContext(1, 1, DECODED_RATE_HZ);
    const buffer = await decoder.decodeAudioData(bytes.slice(0));
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, n) => buffer.getChannelData(n));
    return { samples: mixDown(channels), rateHz: buffer.sampleRate, channels: channels.length };
  } catch (error) {
    // A WAV that the browser cannot read either: what our own reader says is more to the point.
    throw (
      wavError ??
      new InputError('is no sound that can be read', {
        where,
        expected: 'a WAV, FLAC, MP3, Ogg or M4A file',
        got: `${bytes.byteLength} bytes (${error instanceof Error ? error.message : String(error)})`,
        remedy: 'Choose another file',
      })
    );
  }
}
