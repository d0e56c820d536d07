// Recordings as callers hand them over, as one channel of samples that may be given away.
import { InputError } from './shared/errors.ts';

export interface Samples {
  /** A copy: the caller keeps its own. */
  readonly samples: Float32Array<ArrayBuffer>;
  readonly rateHz: number;
}

/** An AudioBuffer, or one channel and its rate. Throws InputError where the rate is missing. */
export function toSamples(
  recording: AudioBuffer | Float32Array,
  rateHz: number | undefined,
  where: string,
): Samples {
  if (!(recording instanceof Float32Array))
    return { samples: mixedDown(recording), rateHz: recording.sampleRate };
  if (rateHz !== undefined) return { samples: recording.slice(), rateHz };
  throw new InputError('rate of the samples is missing', {
    where,
    expected: 'a rate in hertz beside a Float32Array',
    got: 'none',
  });
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
