// Collects weights for the GPU: matrices by fours (f16 where that loses nothing, else f32), vectors as plain f32.
import type { MatrixFormat } from './layouts.ts';

/** Bytes: what every WebGPU device accepts as the offset of a binding. */
const ALIGNMENT = 256;

/** Weights of one dispatch. Offsets are counted in fours for matrices, in values for vectors. */
export class Packer {
  readonly #matrices: Float32Array[] = [];
  readonly #vectors: Float32Array[] = [];
  #matrixValues = 0;
  #vectorValues = 0;

  /** `values` [rows, columns], columns a multiple of 4 -> its offset in fours. */
  matrix(values: Float32Array): number {
    const offset = this.#matrixValues / 4;
    this.#matrices.push(values);
    this.#matrixValues += values.length;
    return offset;
  }

  /** -> its offset in values. */
  vector(values: Float32Array): number {
    const offset = this.#vectorValues;
    this.#vectors.push(values);
    this.#vectorValues += values.length;
    return offset;
  }

  get matrices(): Float32Array {
    return concatenate(this.#matrices);
  }

  get vectors(): Float32Array {
    return concatenate(this.#vectors);
  }
}

export interface Slice {
  readonly offset: number;
  readonly size: number;
}

/** Parts laid one after the other so that each can be bound on its own. */
export function layOut(parts: readonly Uint8Array[]): {
  readonly bytes: Uint8Array;
  readonly slices: Slice[];
} {
  const slices = layOutSizes(parts.map((part) => part.byteLength));
  const last = slices[slices.length - 1];
  const bytes = new Uint8Array(last.offset + align(last.size, 4));
  parts.forEach((part, n) => bytes.set(part, slices[n].offset));
  return { bytes, slices };
}

/** Byte sizes -> where each part lies. */
export function layOutSizes(sizes: readonly number[]): Slice[] {
  let at = 0;
  return sizes.map((size) => {
    const slice = { offset: at, size };
    at += align(size, ALIGNMENT);
    return slice;
  });
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

/** 'f16' where every value survives it, as those of a model that was exported in f16 do. */
export function matrixFormat(matrices: readonly Float32Array[]): MatrixFormat {
  return matrices.every((values) => values.every(fitsHalf)) ? 'f16' : 'f32';
}

export function encodeMatrices(values: Float32Array, format: MatrixFormat): Uint8Array {
  if (format === 'f32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(Uint16Array.from(values, toHalf).buffer);
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);
const HALF_BIAS = 15;
const SINGLE_BIAS = 127;
const MANTISSA_DIFFERENCE = 13;
const LARGEST_HALF = 65504;
const SMALLEST_NORMAL_HALF = 2 ** -14;
const SMALLEST_HALF = 2 ** -24;

/** Below 2^-14 a GPU may take 0 for an f16: weights that small are of no account. */
function fitsHalf(value: number): boolean {
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST_NORMAL_HALF) return Number.isInteger(value / SMALLEST_HALF);
  single[0] = value;
  return magnitude <= LARGEST_HALF && bits[0] % 2 ** MANTISSA_DIFFERENCE === 0;
}

/** A value that `fitsHalf` -> the bits of its f16. */
function toHalf(value: number): number {
  single[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST_NORMAL_HALF) return sign | (magnitude / SMALLEST_HALF);
  const exponent = ((bits[0] >>> 23) & 0xff) - SINGLE_BIAS + HALF_BIAS;
  return sign | (exponent << 10) | ((bits[0] & 0x7fffff) >>> MANTISSA_DIFFERENCE);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
