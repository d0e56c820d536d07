// Named errors across threads: Comlink by itself keeps an error's text and loses its class, its code and its details.
import {
  ClueFileError,
  ClueMismatchError,
  AbortError,
  AudioContextError,
  CrossMambaError,
  DeviceLostError,
  EnrollmentError,
  InputError,
  MicrophoneError,
  ModelFileError,
  WasmUnavailableError,
  WavError,
  WebGpuUnavailableError,
  type ErrorCode,
  type ErrorDetails,
} from './errors.ts';

const CLASSES: Record<ErrorCode, new (what: string, details?: ErrorDetails) => CrossMambaError> = {
  'model-file': ModelFileError,
  enrollment: EnrollmentError,
  wav: WavError,
  'clue-file': ClueFileError,
  'clue-mismatch': ClueMismatchError,
  'webgpu-unavailable': WebGpuUnavailableError,
  'wasm-unavailable': WasmUnavailableError,
  'device-lost': DeviceLostError,
  microphone: MicrophoneError,
  'audio-context': AudioContextError,
  input: InputError,
  aborted: AbortError,
};

/** An error as plain values. */
export type ErrorOnTheWire =
  | {
      readonly code: ErrorCode;
      readonly what: string;
      readonly details: ErrorDetails;
      readonly stack?: string;
    }
  | { readonly code: null; readonly name: string; readonly message: string; readonly stack?: string };

export function errorToWire(error: unknown): ErrorOnTheWire {
  if (error instanceof CrossMambaError) {
    const { where, expected, got, remedy } = error.details;
    return {
      code: error.code,
      what: error.what,
      details: { where, expected, got, remedy },
      stack: error.stack,
    };
  }
  if (error instanceof Error)
    return { code: null, name: error.name, message: error.message, stack: error.stack };
  return { code: null, name: 'Error', message: String(error) };
}

export function errorFromWire(wire: ErrorOnTheWire): Error {
  const error =
    wire.code === null
      ? Object.assign(new Error(wire.message), { name: wire.name })
      : new CLASSES[wire.code](wire.what, wire.details);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

/** Comlink's TransferHandler for thrown values, which is replaced on both sides of the channel. */
export interface ThrowHandler {
  canHandle(value: unknown): value is unknown;
  serialize(thrown: unknown): [ErrorOnTheWire, never[]];
  deserialize(wire: unknown): never;
}

/** Give it to Comlink's `transferHandlers` under the name 'throw', around the handler that is there. */
export function namedErrors({ canHandle }: Pick<ThrowHandler, 'canHandle'>): ThrowHandler {
  return {
    canHandle,
    serialize: (thrown) => [errorToWire((thrown as { value: unknown }).value), []],
    deserialize(wire) {
      throw errorFromWire(wire as ErrorOnTheWire);
    },
  };
}
