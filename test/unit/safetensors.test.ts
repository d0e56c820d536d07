// The safetensors reader: both dtypes, and files that are not what they should be.
import { describe, expect, it } from 'vitest';
import { halfToFloat, readSafetensors } from '../../src/shared/safetensors.ts';

function file(header: unknown, data: number[] = []): Uint8Array {
  const head = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + head.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return bytes;
}

describe('readSafetensors', () => {
  it('reads F32 and F16', () => {
    const header = {
      __metadata__: { made: 'by a test' },
      whole: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      half: { dtype: 'F16', shape: [2, 1], data_offsets: [4, 8] },
    };
    const tensors = readSafetensors(file(header, [0, 0, 0xc0, 0x3f, 0, 0x3c, 0, 0xc1]), 'test');
    expect([...tensors.keys()]).toEqual(['whole', 'half']);
    expect(tensors.get('whole')).toEqual({ shape: [1], data: Float32Array.of(1.5) });
    expect(tensors.get('half')).toEqual({ shape: [2, 1], data: Float32Array.of(1, -2.5) });
  });

  it('knows every kind of half', () => {
    const cases = [
      ...[
        [0x0000, 0],
        [0x0001, 2 ** -24],
        [0x03ff, 1023 * 2 ** -24],
        [0x0400, 2 ** -14],
      ],
      ...[
        [0x3555, 0.333251953125],
        [0x7bff, 65504],
        [0xfc00, -Infinity],
      ],
    ];
    for (const [bits, value] of cases) expect(halfToFloat(bits)).toBe(value);
    expect(halfToFloat(0x8000)).toBe(-0);
    expect(halfToFloat(0x7e00)).toBeNaN();
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['of 3 bytes', new Uint8Array(3), /test: the file is cut short, expected at least 8 bytes, got 3/],
    ['whose header is cut', file({}).subarray(0, 9), /cut short/],
    ['of noise', new Uint8Array(64).fill(255), /cut short, expected a header/],
    ['without JSON', file('!!'), /is not a safetensors file/],
    [
      'of integers',
      file({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }),
      /a: .*F32 or F16, got I64/,
    ],
    ['without shapes', file({ a: { dtype: 'F32' } }), /broken entry/],
    [
      'with wrong offsets',
      file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, Array(8).fill(0)),
      /expected 12 bytes for F32 \[3\], got 8/,
    ],
    [
      'without values',
      file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, [0]),
      /tensor a: .*cut short/,
    ],
  ])('refuses a file %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'test')).toThrow(message);
  });
});
