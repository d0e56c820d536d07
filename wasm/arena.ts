// The kernels' memory: given out at load, never taken back.
import { WasmUnavailableError } from '../src/shared/errors.ts';
import { LANES } from './operations.ts';
import type { Kernels } from './binary.ts';

const PAGE_BYTES = 65536;
/** A cache line. */
const ALIGNMENT = 64;
export const F32_BYTES = 4;

/** Values rounded up to whole vectors. */
export function padded(values: number): number {
  return Math.ceil(values / LANES) * LANES;
}

/** Addresses are bytes, lengths are values. */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  #next: number;

  constructor(kernels: Kernels) {
    this.#memory = kernels.memory;
    this.#next = kernels.FREE.value;
  }

  /**
   * Room for `length` values, zeros -> its address.
   * @throws WasmUnavailableError where the memory does not grow that far.
   */
  reserve(length: number): number {
    const address = Math.ceil(this.#next / ALIGNMENT) * ALIGNMENT;
    // A vector may be read past its last value, never past the next vector.
    const end = address + (length + LANES) * F32_BYTES;
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES));
    this.#next = end;
    return address;
  }

  /** -> the address of a copy. */
  place(values: Float32Array | Uint32Array): number {
    const address = this.reserve(values.length);
    new Uint32Array(this.#memory.buffer, address, values.length).set(
      new Uint32Array(values.buffer, values.byteOffset, values.length),
    );
    return address;
  }

  /** A view of what lies there, good until the next `reserve` or `place`. */
  view(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  #grow(pages: number): void {
    try {
      this.#memory.grow(pages);
    } catch (error) {
      throw new WasmUnavailableError("the kernels' memory does not grow", {
        where: 'WebAssembly.Memory',
        expected: `${pages} more pages of 64 KiB`,
        got: error instanceof Error ? error.message : String(error),
        remedy: 'Close other pages.',
      });
    }
  }
}
