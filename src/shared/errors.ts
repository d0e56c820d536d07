// Named errors: each says what, where, what was expected, what was found and what to do.

export interface ErrorDetails {
  /** Where it happened: a file, a tensor, a device, an argument. */
  readonly where?: string;
  readonly expected?: string;
  readonly got?: string;
  /** What the reader can do about it. */
  readonly remedy?: string;
}

export type ErrorCode =
  | 'model-file'
  | 'enrollment'
  | 'wav'
  | 'clue-file'
  | 'clue-mismatch'
  | 'webgpu-unavailable'
  | 'wasm-unavailable'
  | 'device-lost'
  | 'microphone'
  | 'audio-context'
  | 'input'
  | 'aborted';

/** Said here, as minifiers shorten the names of classes. */
const NAMES: Readonly<Record<ErrorCode, string>> = {
  'model-file': 'ModelFileError',
  enrollment: 'EnrollmentError',
  wav: 'WavError',
  'clue-file': 'ClueFileError',
  'clue-mismatch': 'ClueMismatchError',
  'webgpu-unavailable': 'WebGpuUnavailableError',
  'wasm-unavailable': 'WasmUnavailableError',
  'device-lost': 'DeviceLostError',
  microphone: 'MicrophoneError',
  'audio-context': 'AudioContextError',
  input: 'InputError',
  aborted: 'AbortError',
};

/** Base of every error that crossmamba-web throws on purpose. `code` survives structured cloning and Comlink. */
export class CrossMambaError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly what: string,
    readonly details: ErrorDetails = {},
  ) {
    super(describe(what, details));
    this.name = NAMES[code];
  }
}

/** A model file that is cut short, has a wrong digest, a wrong shape, a missing tensor or a value that is not finite. */
export class ModelFileError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('model-file', what, details);
  }
}

/** An enrollment that is too short, silent or clipped. */
export class EnrollmentError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('enrollment', what, details);
  }
}

/** A file that is not a WAV, or one of a kind that is not read. */
export class WavError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('wav', what, details);
  }
}

/** A file that holds no clue, a damaged one, or one of a version that is not read. */
export class ClueFileError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('clue-file', what, details);
  }
}

/** A clue of another clue encoder than the model's, or of one that is not known. */
export class ClueMismatchError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('clue-mismatch', what, details);
  }
}

/** No WebGPU, no adapter, an adapter that is too small or a shader that does not compile. */
export class WebGpuUnavailableError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('webgpu-unavailable', what, details);
  }
}

/** No WebAssembly, none with SIMD, a page that forbids its compilation or too little memory. */
export class WasmUnavailableError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('wasm-unavailable', what, details);
  }
}

/** The GPU device was lost while a model ran on it. */
export class DeviceLostError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('device-lost', what, details);
  }
}

/** No microphone, permission denied, or a microphone that stopped. */
export class MicrophoneError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('microphone', what, details);
  }
}

/** An audio context that cannot be used: a rate out of range, no AudioWorklet. */
export class AudioContextError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('audio-context', what, details);
  }
}

/** An argument or input that cannot be worked with: a mixture of length 0, an unknown option. */
export class InputError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('input', what, details);
  }
}

/** Ended because the caller asked for it. Has the name that the platform's own has. */
export class AbortError extends CrossMambaError {
  constructor(what: string, details?: ErrorDetails) {
    super('aborted', what, details);
  }
}

function describe(what: string, { where, expected, got, remedy }: ErrorDetails): string {
  const parts = [where === undefined ? what : `${where}: ${what}`];
  if (expected !== undefined) parts.push(`expected ${expected}`);
  if (got !== undefined) parts.push(`got ${got}`);
  return parts.join(', ') + (remedy === undefined ? '' : `. ${remedy}`);
}
