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

/**
 * Reads a WAV. Samples that are not finite are handed on as they are; a file without samples has channels of length 0.
 * @param where the file's name, for errors.
 * @throws WavError where it is no WAV, cut short, or of a kind that is not read.
 */
export function readWav(bytes: Uint8Array, where: string): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE')
    throw new WavError('is not a WAV file', {
      where,
      expected: 'RIFF … WAVE',
      got: bytes.length < 12 ? `${bytes.length} bytes` : JSON.stringify(`${tag(view, 0)} … ${tag(view, 8)}`),
      remedy: 'Convert the recording to WAV.',
    });
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = tag(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === 'fmt ') format = readFormat(view, start, size, where);
    if (id === 'data') return readData(view, start, size, format, where);
    at = start + size + (size % 2);
  }
  throw new WavError('holds no sound', {
    where,
    expected: 'a data chunk',
    got: 'none',
    remedy: 'Record it again.',
  });
}

function readFormat(view: DataView, start: number, size: number, where: string): Format {
  if (size < 16 || start + size > view.byteLength)
    throw new WavError('has a broken format chunk', { where, expected: 'at least 16 bytes', got: `${size}` });
  let kind = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const rateHz = view.getUint32(start + 4, true);
  const blockBytes = view.getUint16(start + 12, true);
  if (kind === EXTENSIBLE && size >= 26) kind = view.getUint16(start + 24, true);
  if (channels === 0 || rateHz === 0 || blockBytes === 0 || blockBytes % channels !== 0)
    throw new WavError('has a format that cannot be', {
      where,
      expected: 'channels, rate and whole samples',
      got: `${channels} channels at ${rateHz} Hz in blocks of ${blockBytes} bytes`,
    });
  const bits = (blockBytes / channels) * 8;
  const encoding = `${kind === PCM ? 'pcm' : 'float'}${bits}`;
  if ((kind !== PCM && kind !== FLOAT) || !(encoding in READERS))
    throw new WavError('is of a kind that is not read', {
      where,
      expected: 'PCM of 8, 16, 24 or 32 bits or floats of 32 or 64',
      got: kind === PCM || kind === FLOAT ? encoding : (NAMES[kind] ?? `format 0x${kind.toString(16)}`),
      remedy: 'Convert it to 16-bit PCM.',
    });
  return { channels, rateHz, encoding: encoding as WavEncoding };
}

function readData(
  view: DataView,
  start: number,
  size: number,
  format: Format | undefined,
  where: string,
): Wav {
  if (format === undefined)
    throw new WavError('tells no format before its sound', { where, expected: 'a fmt chunk', got: 'none' });
  const { channels, rateHz, encoding } = format;
  const { bytes, read } = READERS[encoding];
  const there = view.byteLength - start;
  const found = size === UNKNOWN_SIZE ? there : size;
  if (found > there)
    throw new WavError('the file is cut short', {
      where,
      expected: `${size} bytes of sound`,
      got: `${there}`,
      remedy: 'Copy or record it again.',
    });
  const samples = Math.floor(found / (bytes * channels));
  return {
    rateHz,
    encoding,
    channels: Array.from({ length: channels }, (_, channel) => {
      const data = new Float32Array(samples);
      for (let n = 0; n < samples; n++) data[n] = read(view, start + (n * channels + channel) * bytes);
      return data;
    }),
  };
}

/** Channels [samples] → their mean [samples]. */
export function mixDown(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, n) => channels.reduce((sum, channel) => sum + channel[n], 0) / channels.length);
}

/** One channel [samples] → a WAV file. In 16 bits, what is beyond ±1 is clipped and what is not finite is 0. */
export function writeWav(samples: Float32Array, rateHz: number, encoding: 'pcm16' | 'float32'): Uint8Array {
  const sampleBytes = encoding === 'pcm16' ? 2 : 4;
  const dataBytes = samples.length * sampleBytes;
  const bytes = new Uint8Array(44 + dataBytes);
  const view = new DataView(bytes.buffer);
  putTag(view, 0, 'RIFF');
  view.setUint32(4, 36 + dataBytes, true);
  putTag(view, 8, 'WAVE');
  putTag(view, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding === 'pcm16' ? PCM : FLOAT, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * sampleBytes, true);
  view.setUint16(32, sampleBytes, true);
  view.setUint16(34, 8 * sampleBytes, true);
  putTag(view, 36, 'data');
  view.setUint32(40, dataBytes, true);
  for (let n = 0; n < samples.length; n++) {
    if (encoding === 'float32') view.setFloat32(44 + 4 * n, samples[n], true);
    else view.setInt16(44 + 2 * n, Math.max(-32768, Math.min(32767, Math.round(samples[n] * 32768))), true);
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
