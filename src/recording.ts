// Recordings as callers hand them over, as one channel of samples that may be given away.
import { InputError } from './shared/errors.ts';

export interface Samples {
  /** A copy: the caller keeps its own. */
  readonly samples: Float32Array<ArrayBuffer>;
  readonly rateHz: number;
}

export interface Handed<Options> extends Samples {
  readonly options: Partial<Options>;
}

/**
 * What a caller hands over: an AudioBuffer and options, or one channel, its rate and options. An AudioBuffer has a rate of its own; where one
 * stands beside it all the same, that is left aside. Throws InputError where it is neither, and where the
 * rate is missing or none.
 */
export function handedOver<Options extends object>(
  recording: AudioBuffer | Float32Array,
  rateOrOptions: number | Options | undefined,
  options: Options | undefined,
  where: string,
): Handed<Options> {
  const [rateHz, chosen] =
    typeof rateOrOptions === 'object' && rateOrOptions !== null
      ? [undefined, rateOrOptions]
      : [rateOrOptions, options];
  if (isBuffer(recording))
    return { samples: mixedDown(recording), rateHz: recording.sampleRate, options: chosen ?? {} };
  if (!(recording instanceof Float32Array))
    throw new InputError('recording is neither an AudioBuffer nor samples', {
      where,
      expected: 'an AudioBuffer, or a Float32Array and its rate',
      got: Object.prototype.toString.call(recording).slice(8, -1),
      remedy: 'Decode a file with decodeAudioData; make samples of other numbers with Float32Array.from',
    });
  if (typeof rateHz === 'number') return { samples: recording.slice(), rateHz, options: chosen ?? {} };
  throw new InputError('rate of the samples is missing', {
    where,
    expected: 'a rate in hertz beside a Float32Array',
    got: rateHz === undefined ? 'none' : `'${String(rateHz)}'`,
  });
}

/** Also one of another frame of the page. */
function isBuffer(recording: unknown): recording is AudioBuffer {
  return typeof (recording as Partial<AudioBuffer> | null)?.getChannelData === 'function';
}

/** One channel of any number: their mean, as the audio thread takes it. */
function mixedDown(buffer: AudioBuffer): Float32Array<ArrayBuffer> {
  const mixture = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let n = 0; n < mixture.length; n++) mixture[n] += samples[n] / buffer.numberOfChannels;
  }
  return mixture;
}
