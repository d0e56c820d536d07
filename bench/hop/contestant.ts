// What a bench row is made of: something that computes one hop, and what is known about it beforehand.
import type * as Ort from 'onnxruntime-web';
import type { Model } from '../../src/shared/model.ts';

export type What =
  | 'wasm'
  | 'wasm-relaxed'
  | 'wasm-adapting'
  | 'webgpu'
  | 'reference'
  | 'ort-wasm'
  | 'ort-webgpu'
  | 'cross-attention-1s'
  | 'cross-attention-4s'
  | 'cross-attention-16s'
  | 'gtcrn'
  | 'rnnoise'
  | 'floor-gemv'
  | 'floor-submit-map';

export type Where = 'node' | 'chromium-worker';

/** A hop may be done when `run` returns, or when its promise resolves. */
export interface Runner {
  run(): void | Promise<void>;
  /** What a measured time is multiplied with, where `run` does a little more or less than a hop. */
  readonly scale?: number;
  destroy?(): void | Promise<void>;
}

/**
 * `f32`: the same step with all weights in f32. `gemv_f32`, `gemv_i16`: its multiply-accumulates as nothing but matrix times vector, by the
 * same binary. `feeds`: hands the same tensors over and computes nothing.
 */
export type Beside = 'f32' | 'gemv_f32' | 'gemv_i16' | 'feeds';

export interface Contestant extends Runner {
  readonly what: What;
  /** Of audio in one hop. */
  readonly hopMs: number;
  /** Multiply-accumulates of a hop; null where they are not known. */
  readonly macs: number | null;
  /** What a page fetches for it: weights, and code in WebAssembly; null for floors. */
  readonly bytes: number | null;
  /** For people: adapter, sizes, what is special. */
  readonly detail: string;
  /** What is measured beside it, in the same rounds. */
  readonly beside?: Partial<Record<Beside, Runner>>;
}

export interface Skipped {
  readonly what: What;
  readonly skipped: string;
}

/** Where the bench runs and what it finds there. */
export interface Surroundings {
  readonly where: Where;
  readonly model: Model;
  /** A file that bench/bench.js hands over, by its name there. */
  file(name: string): Promise<ArrayBuffer>;
  /** Sizes of those files. */
  readonly fileBytes: Readonly<Record<string, number>>;
  readonly gpu: GPU | undefined;
  /** Where the GPU comes from, or why there is none. */
  readonly gpuReason: string;
  ort(provider: 'wasm' | 'webgpu'): Promise<typeof Ort>;
  /** Bytes that JavaScript holds, garbage included; null where nobody tells. */
  readonly heapBytes: (() => number) | null;
}

/** Makes contestants. What it throws becomes the reason why a row was skipped. */
export interface Entry {
  readonly what: What;
  make(surroundings: Surroundings): Promise<Contestant>;
}
