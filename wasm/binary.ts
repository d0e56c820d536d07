// The compiled kernels: which of the two binaries this machine takes, and what they export.
import { WasmUnavailableError } from '../src/shared/errors.ts';
import relaxed from './assembly/index.ts?wasm-relaxed';
import plain from './assembly/index.ts?wasm';

/** The relaxed one fuses multiplication and addition where the processor can: faster, and rounded once instead of twice. */
export type Flavour = 'simd' | 'relaxed-simd';

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly FREE: WebAssembly.Global<'i32'>;
  /** Carries out the instructions from address `at` to address `end`. */
  run(at: number, end: number): void;
  /** values [count] at `at` become 2^values. */
  exp2All(at: number, count: number): void;
  /** values [count] at `at` become softplus(values). */
  softplusAll(at: number, count: number): void;
}

const BINARIES: Record<Flavour, string> = { 'relaxed-simd': relaxed, simd: plain };

/** What this machine runs, the better first. */
export function flavours(): Flavour[] {
  if (typeof WebAssembly === 'undefined') return [];
  return (['relaxed-simd', 'simd'] as const).filter((flavour) => WebAssembly.validate(bytes(flavour)));
}

/**
 * A fresh instance with a memory of its own.
 * @throws WasmUnavailableError where there is no WebAssembly, or none with SIMD, or its compilation is forbidden.
 */
export async function instantiate(flavour: Flavour | undefined = flavours()[0]): Promise<Kernels> {
  if (flavour === undefined)
    throw new WasmUnavailableError('the kernels cannot run here', {
      where: 'WebAssembly',
      expected: 'WebAssembly with 128-bit SIMD',
      got: typeof WebAssembly === 'undefined' ? 'no WebAssembly' : 'WebAssembly without SIMD',
      remedy: 'Take a newer browser, or the reference backend.',
    });
  try {
    const { instance } = await WebAssembly.instantiate(bytes(flavour));
    return instance.exports as unknown as Kernels;
  } catch (error) {
    throw new WasmUnavailableError('the kernels do not compile', {
      where: `WebAssembly, ${flavour}`,
      got: error instanceof Error ? error.message : String(error),
      remedy: "Where the page has a Content-Security-Policy, it must allow 'wasm-unsafe-eval'.",
    });
  }
}

function bytes(flavour: Flavour): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(BINARIES[flavour]), (character) => character.charCodeAt(0));
}
