// WAV reading in every encoding, writing, and files that are none.
import { describe, expect, it } from 'vitest';
import { WavError } from '../../src/shared/errors.ts';
import { mixDown, readWav, writeWav } from '../../src/shared/wav.ts';
import { noise } from './seeded.ts';

interface Parts {
  readonly kind?: number;
  readonly channels?: number;
  readonly bits: number;
  readonly data: Uint8Array;
  readonly extensible?: boolean;
  readonly dataSize?: number;
  readonly before?: Uint8Array;
}

function wav({
  kind = 1,
  channels = 1,
  bits,
  data,
  extensible = false,
  dataSize,
  before,
}: Parts): Uint8Array {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : kind, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(22050, 4);
  format.writeUInt32LE((22050 * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(kind, 24);
  const chunk = (id: string, body: Uint8Array, size = body.length) => {
    const head = Buffer.alloc(8);
    head.write(id);
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const extra = before ? chunk('LIST', before) : Buffer.alloc(0);
  const body = Buffer.concat([extra, chunk('fmt ', format), chunk('data', data, dataSize ?? data.length)]);
  const head = Buffer.from('RIFF\0\0\0\0WAVE');
  head.writeUInt32LE(body.length + 4, 4);
  return Buffer.concat([head, body]);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('readWav', () => {
  it.each<[string, Parts, number[]]>([
    ['pcm8', { bits: 8, data: Uint8Array.of(128, 0, 192) }, [0, -1, 0.5]],
    ['pcm16', { bits: 16, data: bytesOf(Int16Array.of(0, -32768, 16384)) }, [0, -1, 0.5]],
    [
      'pcm24',
      { bits: 24, data: Uint8Array.of(0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff) },
      [-1, 0.5, -1 / 8388608],
    ],
    ['pcm32', { bits: 32, data: bytesOf(Int32Array.of(-2147483648, 1073741824)) }, [-1, 0.5]],
    ['float32', { kind: 3, bits: 32, data: bytesOf(Float32Array.of(0.25, -3)) }, [0.25, -3]],
    ['float64', { kind: 3, bits: 64, data: bytesOf(Float64Array.of(0.25, -3)) }, [0.25, -3]],
  ])('reads %s, plain, extensible and behind other chunks', (encoding, parts, expected) => {
    for (const more of [
      {},
      { extensible: true },
      { before: Uint8Array.of(1, 2, 3) },
      { dataSize: 0xffffffff },
    ]) {
      const read = readWav(wav({ ...parts, ...more }), 'a.wav');
      expect(read.encoding).toBe(encoding);
      expect(read.rateHz).toBe(22050);
      // A data chunk of odd length has a byte of padding, which a chunk of unknown size cannot tell from sound.
      expect(Array.from(read.channels[0]).slice(0, expected.length)).toEqual(expected.map(Math.fround));
    }
  });

  it('takes channels apart, and mixes them down', () => {
    const { channels } = readWav(
      wav({ channels: 2, bits: 16, data: bytesOf(Int16Array.of(8192, 0, 16384, -16384)) }),
      '',
    );
    expect(channels.map((c) => Array.from(c))).toEqual([
      [0.25, 0.5],
      [0, -0.5],
    ]);
    expect(Array.from(mixDown(channels))).toEqual([0.125, 0]);
  });

  it('hands on a file of length 0', () => {
    expect(readWav(wav({ bits: 16, data: new Uint8Array(0) }), '').channels[0].length).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'text',
      Buffer.from('this is not sound'),
      /x.wav: is not a WAV file, expected RIFF … WAVE, got "this … not "/,
    ],
    ['nothing', new Uint8Array(0), /is not a WAV file.*got 0 bytes/],
    [
      'a cut file',
      wav({ bits: 16, data: new Uint8Array(8), dataSize: 100 }),
      /cut short, expected 100 bytes.*got 8/,
    ],
    ['A-law', wav({ kind: 6, bits: 8, data: new Uint8Array(4) }), /kind that is not read.*got A-law/],
    ['40 bits', wav({ bits: 40, data: new Uint8Array(5) }), /kind that is not read.*got pcm40/],
    [
      'no channels',
      wav({ channels: 0, bits: 16, data: new Uint8Array(4) }),
      /format that cannot be.*0 channels/,
    ],
    ['no data', wav({ bits: 16, data: new Uint8Array(4) }).subarray(0, 36), /holds no sound/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readWav(bytes, 'x.wav')).toThrow(WavError);
    expect(() => readWav(bytes, 'x.wav')).toThrow(message);
  });
});

describe('writeWav', () => {
  it('writes what it reads', () => {
    const samples = noise(1000, 1);
    const float = readWav(writeWav(samples, 44100, 'float32'), '');
    expect(float).toEqual({ rateHz: 44100, encoding: 'float32', channels: [samples] });
    const pcm = readWav(writeWav(samples, 8000, 'pcm16'), '');
    expect([pcm.rateHz, pcm.encoding]).toEqual([8000, 'pcm16']);
    expect(Math.max(...pcm.channels[0].map((x, n) => Math.abs(x - samples[n])))).toBeLessThanOrEqual(
      0.5 / 32768 + 1e-9,
    );
    expect(writeWav(pcm.channels[0], 8000, 'pcm16')).toEqual(writeWav(samples, 8000, 'pcm16'));
  });

  it('clips in 16 bits', () => {
    const written = readWav(writeWav(Float32Array.of(2, -2, NaN), 8000, 'pcm16'), '');
    expect(Array.from(written.channels[0])).toEqual([32767 / 32768, -1, 0]);
  });
});
