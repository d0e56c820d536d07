// Reads safetensors files (F32 and F16, little endian) into f32 tensors.
import { ModelFileError } from './errors.ts';
import type { Tensor } from './model-types.ts';
import { decodeUtf8 } from './platform.ts';

const LENGTH_BYTES = 8;
const BYTES_PER_VALUE: Readonly<Record<string, number>> = { F32: 4, F16: 2 };

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** A tensor as it lies in the file. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** A view of the file, little endian; nothing is copied. */
  readonly bytes: Uint8Array;
}

/** All tensors of a file by name, in the file's order. Parameters and errors as of `storedTensors`. */
export function readSafetensors(bytes: Uint8Array, where: string): Map<string, Tensor> {
  return new Map([...storedTensors(bytes, where)].map(([name, stored]) => [name, decodeTensor(stored)]));
}

/**
 * All tensors of a file by name, in the file's order, as they lie there.
 * @param where the file's name, for errors.
 * @throws ModelFileError where the file is cut short, no safetensors file, or holds another dtype.
 */
export function storedTensors(bytes: Uint8Array, where: string): Map<string, StoredTensor> {
  if (bytes.length < LENGTH_BYTES) throw cutShort(where, `at least ${LENGTH_BYTES} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const start = LENGTH_BYTES + headerBytes;
  if (start > bytes.length) throw cutShort(where, `a header of ${headerBytes} bytes`, bytes.length);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(parseHeader(bytes.subarray(LENGTH_BYTES, start), where))) {
    if (name === '__metadata__') continue;
    tensors.set(name, storedTensor(bytes, start, entry, `${where}, tensor ${name}`));
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(decodeUtf8(bytes));
  } catch {
    header = undefined;
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new ModelFileError('is not a safetensors file', {
      where,
      expected: 'a JSON header of tensor entries',
      got: 'something else',
      remedy: 'Export or download the model again.',
    });
  return header as Record<string, unknown>;
}

function storedTensor(file: Uint8Array, start: number, entry: unknown, where: string): StoredTensor {
  const { dtype, shape, begin, end } = checkEntry(entry, where);
  const size = BYTES_PER_VALUE[dtype];
  const values = shape.reduce((product, n) => product * n, 1);
  if (end - begin !== values * size)
    throw new ModelFileError('has offsets that do not fit its shape', {
      where,
      expected: `${values * size} bytes for ${dtype} [${shape.join(', ')}]`,
      got: `${end - begin}`,
    });
  if (start + end > file.length) throw cutShort(where, `${start + end} bytes of file`, file.length);
  return { dtype, shape, bytes: file.subarray(start + begin, start + end) };
}

/** Its values in f32. */
export function decodeTensor({ dtype, shape, bytes }: StoredTensor): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(bytes.length / BYTES_PER_VALUE[dtype]);
  if (dtype === 'F32') for (let n = 0; n < data.length; n++) data[n] = view.getFloat32(4 * n, true);
  else for (let n = 0; n < data.length; n++) data[n] = halfToFloat(view.getUint16(2 * n, true));
  return { shape, data };
}

function checkEntry(entry: unknown, where: string) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Entry>;
  if (typeof dtype !== 'string' || !(dtype in BYTES_PER_VALUE))
    throw new ModelFileError('has a dtype that is not read', {
      where,
      expected: Object.keys(BYTES_PER_VALUE).join(' or '),
      got: String(dtype),
    });
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new ModelFileError('has a broken entry in the header', {
      where,
      expected: 'shape and data_offsets as lists of whole numbers',
      got: JSON.stringify({ shape, data_offsets: offsets }),
    });
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

function isCounts(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** IEEE 754 binary16 bits → number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function cutShort(where: string, expected: string, got: number): ModelFileError {
  return new ModelFileError('the file is cut short', {
    where,
    expected,
    got: `${got} bytes`,
    remedy: 'Download or export it again.',
  });
}
