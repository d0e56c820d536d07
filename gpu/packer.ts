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

export function encodeMatrices(values: Float32Array, format: MatrixFormat): Uint8Array {
  if (format === 'f32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let n = 0; n < halves.length; n++) {
    const magnitude = bits[n] & MAGNITUDE;
    halves[n] =
      ((bits[n] >>> 16) & HALF_SIGN) |
      (magnitude < SMALLEST_NORMAL_HALF
        ? Math.abs(values[n]) / SMALLEST_HALF
        : (magnitude - REBIAS) >>> MANTISSA_DIFFERENCE);
  }
  return new Uint8Array(halves.buffer);
}

const MANTISSA_DIFFERENCE = 13;
const HALF_SIGN = 0x8000;
/** Of the bits of an f32. */
const MAGNITUDE = 0x7fffffff;
const LOST_MANTISSA = 2 ** MANTISSA_DIFFERENCE - 1;
/** f32's exponents are counted from −127, f16's from −15. */
const REBIAS = (127 - 15) << 23;
/** As the bits of an f32: 2⁻¹⁴, 65504. */
const SMALLEST_NORMAL_HALF = 0x38800000;
const LARGEST_HALF = 0x477fe000;
const SMALLEST_HALF = 2 ** -24;

/** Whether every value survives f16. Below 2⁻¹⁴ a GPU may take 0 for an f16: weights that small are of no account. */
export function fitsHalf(values: Float32Array): boolean {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let n = 0; n < bits.length; n++) {
    const magnitude = bits[n] & MAGNITUDE;
    const fits =
      magnitude < SMALLEST_NORMAL_HALF
        ? Number.isInteger(values[n] / SMALLEST_HALF)
        : magnitude <= LARGEST_HALF && (magnitude & LOST_MANTISSA) === 0;
    if (!fits) return false;
  }
  return true;
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
