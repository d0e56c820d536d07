// WAV files: PCM of 8, 16, 24 and 32 bits and floats of 32 and 64, plain or extensible, any channels.
import { WavError } from './errors.ts';

export type WavEncoding = 'pcm8' | 'pcm16' | 'pcm24' | 'pcm32' | 'float32' | 'float64';

export interface Wav {
  readonly rateHz: number;
  readonly encoding: WavEncoding;
  /** One array [samples] a channel; PCM in ±1, floats as they are. */
  readonly channels: readonly Float32Array[];
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const NAMES: Readonly<Record<number, string>> = {
  2: 'ADPCM',
  6: 'A-law',
  7: 'mu-law',
  0x11: 'IMA ADPCM',
  0x55: 'MP3',
  0xff: 'AAC',
};
/** Size of a chunk whose writer could not seek back: it goes to the end of the file. */
const UNKNOWN_SIZE = 0xffffffff;

const NO_WAV = 'is not a WAV file';
const OTHER_KIND = 'is of a kind that is not read';
/** What a WavError says of a file that another reader may know: it is whole, but not for this one. */
export const OTHER_FORMAT: readonly string[] = [NO_WAV, OTHER_KIND];

type Read = (view: DataView, at: number) => number;

const READERS: Readonly<Record<WavEncoding, { readonly bytes: number; readonly read: Read }>> = {
  pcm8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  pcm16: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 32768 },
  pcm24: {
    bytes: 3,
    read: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608,
  },
  pcm32: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2147483648 },
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  float64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

interface Format {
  readonly channels: number;
  readonly rateHz: number;
  readonly encoding: WavEncoding;
}

/** Bytes that can be looked at anywhere: a file in memory, or one on disk. */
export interface ByteSource {
  readonly byteLength: number;
  /** `length` bytes from `start` on; fewer where the source ends before. */
  view(start: number, length: number): DataView;
}

/** What a WAV holds and where: enough to read any part of it. */
export interface WavLayout extends Format {
  /** Samples of each channel. */
  readonly samples: number;
  /** Where the first one lies. */
  readonly startBytes: number;
}

/**
 * Reads a WAV. Samples that are not finite are handed on as they are; a file without samples has channels of length 0.
 * @param where the file's name, for errors.
 * @throws WavError where it is no WAV, cut short, or of a kind that is not read.
 */
export function readWav(bytes: Uint8Array, where: string): Wav {
  const source: ByteSource = {
    byteLength: bytes.length,
    view: (start, length) =>
      new DataView(
        bytes.buffer,
        bytes.byteOffset + start,
        Math.max(0, Math.min(length, bytes.length - start)),
      ),
  };
  const layout = readWavLayout(source, where);
  const data = source.view(layout.startBytes, bytes.length);
  return {
    rateHz: layout.rateHz,
    encoding: layout.encoding,
    channels: Array.from({ length: layout.channels }, (_, channel) => {
      const samples = new Float32Array(layout.samples);
      decodeWav(layout, data, channel, samples);
      return samples;
    }),
  };
}

/** Finds format and sound of a WAV. Throws WavError as readWav does. */
export function readWavLayout(source: ByteSource, where: string): WavLayout {
  const head = source.view(0, 12);
  if (head.byteLength < 12 || tag(head, 0) !== 'RIFF' || tag(head, 8) !== 'WAVE')
    throw new WavError(NO_WAV, {
      where,
      expected: 'RIFF … WAVE',
      got:
        head.byteLength < 12
          ? `${head.byteLength} bytes`
          : JSON.stringify(`${tag(head, 0)} … ${tag(head, 8)}`),
      remedy: 'Convert the recording to WAV.',
    });
  let format: Format | undefined;
  for (let at = 12; at + 8 <= source.byteLength;) {
    const chunk = source.view(at, 8);
    const id = tag(chunk, 0);
    const size = chunk.getUint32(4, true);
    const start = at + 8;
    if (id === 'fmt ') format = readFormat(source.view(start, Math.min(size, 64)), size, where);
    if (id === 'data') return layOut(source.byteLength - start, start, size, format, where);
    at = start + size + (size % 2);
  }
  throw new WavError('holds no sound', {
    where,
    expected: 'a data chunk',
    got: 'none',
    remedy: 'Record it again.',
  });
}

/** Samples of one channel from `data`, which starts with a sample of the first channel, → `into`, until that is full. */
export function decodeWav(layout: WavLayout, data: DataView, channel: number, into: Float32Array): void {
  const { bytes, read } = READERS[layout.encoding];
  const step = wavFrameBytes(layout);
  for (let n = 0, at = bytes * channel; n < into.length; n++, at += step) into[n] = read(data, at);
}

/** Bytes of one sample of all channels. */
export function wavFrameBytes({ encoding, channels }: Pick<WavLayout, 'encoding' | 'channels'>): number {
  return READERS[encoding].bytes * channels;
}

function readFormat(view: DataView, size: number, where: string): Format {
  if (size < 16 || view.byteLength < Math.min(size, 64))
    throw new WavError('has a broken format chunk', { where, expected: 'at least 16 bytes', got: `${size}` });
  let kind = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const rateHz = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  if (kind === EXTENSIBLE && size >= 26) kind = view.getUint16(24, true);
  if (channels === 0 || rateHz === 0 || blockBytes === 0 || blockBytes % channels !== 0)
    throw new WavError('has a format that cannot be', {
      where,
      expected: 'channels, rate and whole samples',
      got: `${channels} channels at ${rateHz} Hz in blocks of ${blockBytes} bytes`,
    });
  const bits = (blockBytes / channels) * 8;
  const encoding = `${kind === PCM ? 'pcm' : 'float'}${bits}`;
  if ((kind !== PCM && kind !== FLOAT) || !(encoding in READERS))
    throw new WavError(OTHER_KIND, {
      where,
      expected: 'PCM of 8, 16, 24 or 32 bits or floats of 32 or 64',
      got: kind === PCM || kind === FLOAT ? encoding : (NAMES[kind] ?? `format 0x${kind.toString(16)}`),
      remedy: 'Convert it to 16-bit PCM.',
    });
  return { channels, rateHz, encoding: encoding as WavEncoding };
}

function layOut(
  there: number,
  startBytes: number,
  size: number,
  format: Format | undefined,
  where: string,
): WavLayout {
  if (format === undefined)
    throw new WavError('tells no format before its sound', { where, expected: 'a fmt chunk', got: 'none' });
  const found = size === UNKNOWN_SIZE ? there : size;
  if (found > there)
    throw new WavError('the file is cut short', {
      where,
      expected: `${size} bytes of sound`,
      got: `${there}`,
      remedy: 'Copy or record it again.',
    });
  return { ...format, startBytes, samples: Math.floor(found / wavFrameBytes(format)) };
}

/** Channels [samples] → their mean [samples]. */
export function mixDown(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, n) => channels.reduce((sum, channel) => sum + channel[n], 0) / channels.length);
}

export type WrittenEncoding = 'pcm16' | 'float32';

/** One channel [samples] → a WAV file. In 16 bits, what is beyond ±1 is clipped and what is not finite is 0. */
export function writeWav(samples: Float32Array, rateHz: number, encoding: WrittenEncoding): Uint8Array {
  const header = wavHeader(samples.length, rateHz, encoding);
  const sound = encodeWav(samples, encoding);
  const bytes = new Uint8Array(header.length + sound.length);
  bytes.set(header);
  bytes.set(sound, header.length);
  return bytes;
}

/** A WAV says its length in 32 bits. */
export const MAX_WAV_BYTES = 2 ** 32 - 1 - 36;

/** What stands before the sound of a WAV with so many samples a channel. Throws WavError where that is more than MAX_WAV_BYTES. */
export function wavHeader(
  samples: number,
  rateHz: number,
  encoding: WrittenEncoding,
  channels = 1,
): Uint8Array {
  const sampleBytes = encoding === 'pcm16' ? 2 : 4;
  const frameBytes = sampleBytes * channels;
  const dataBytes = samples * frameBytes;
  if (dataBytes > MAX_WAV_BYTES)
    throw new WavError('is too long for a WAV file', {
      expected: `at most ${MAX_WAV_BYTES} bytes of sound`,
      got: `${dataBytes}`,
      remedy: 'Cut the recording in two.',
    });
  const bytes = new Uint8Array(44);
  const view = new DataView(bytes.buffer);
  putTag(view, 0, 'RIFF');
  view.setUint32(4, 36 + dataBytes, true);
  putTag(view, 8, 'WAVE');
  putTag(view, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding === 'pcm16' ? PCM : FLOAT, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 8 * sampleBytes, true);
  putTag(view, 36, 'data');
  view.setUint32(40, dataBytes, true);
  return bytes;
}

/** Samples as they stand in a WAV; clipped as writeWav says. */
export function encodeWav(samples: Float32Array, encoding: WrittenEncoding): Uint8Array {
  const bytes = new Uint8Array(samples.length * (encoding === 'pcm16' ? 2 : 4));
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < samples.length; n++) {
    if (encoding === 'float32') view.setFloat32(4 * n, samples[n], true);
    else view.setInt16(2 * n, Math.max(-32768, Math.min(32767, Math.round(samples[n] * 32768))), true);
  }
  return bytes;
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

function putTag(view: DataView, at: number, text: string): void {
  for (let n = 0; n < 4; n++) view.setUint8(at + n, text.charCodeAt(n));
}
