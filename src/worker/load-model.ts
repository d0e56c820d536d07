// Brings a model into memory from where it lies: an address here, a folder on disk in the command line.
import { ModelFileError } from '../shared/errors.ts';
import { parseModel, type LoadedModel } from '../shared/model.ts';
import { parseModelConfig } from '../shared/model-config.ts';
import type { ModelAddress } from '../shared/protocol.ts';

export interface LoadProgress {
  readonly loadedBytes: number;
  /** From the configuration, so known from the first report on. */
  readonly totalBytes: number;
}

export interface LoadOptions {
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Where a model's files come from. Errors are ModelFileErrors, or the signal's reason. */
export interface ModelSource {
  text(file: string, signal?: AbortSignal): Promise<string>;
  /** `sha256`: what the bytes are to be; they are checked by who asks. */
  bytes(
    file: string,
    onLoaded: (loadedBytes: number) => void,
    signal?: AbortSignal,
    sha256?: string,
  ): Promise<Uint8Array>;
  /** What was asked for has been checked, and this is what it is worth. Resolves to whether asking again may give better bytes. */
  checked?(bytes: Uint8Array, good: boolean): Promise<boolean>;
}

/**
 * Loads and checks a model.
 * @param source address of the model's folder, or another source.
 * @throws ModelFileError where it cannot be had or something in it is off; the signal's reason where aborted.
 */
export async function loadModel(
  source: string | URL | ModelSource,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const { onProgress, signal } = options;
  const files = typeof source === 'string' || source instanceof URL ? addressSource(String(source)) : source;
  const configText = await files.text('config.json', signal);
  const { file, bytes: totalBytes, sha256 } = parseModelConfig(configText).tensors;
  const report = (loadedBytes: number) => onProgress?.({ loadedBytes, totalBytes });
  for (;;) {
    report(0);
    const bytes = await files.bytes(file, report, signal, sha256);
    signal?.throwIfAborted();
    try {
      const model = await parseModel(configText, bytes);
      await files.checked?.(bytes, true);
      return model;
    } catch (error) {
      if (!(await files.checked?.(bytes, false))) throw error;
    }
  }
}

/** Wherever the address says, absolute or relative to where the code runs; nothing is kept. */
export function addressSource(address: ModelAddress): ModelSource {
  return {
    async text(file, signal) {
      if (typeof address !== 'string') return address.config;
      return getText(new URL(file, folderUrl(address)), { signal });
    },
    async bytes(file, onLoaded, signal) {
      const url = weightsUrl(address, file);
      return readAll(await get(url, { signal }), onLoaded).catch((error) => unreachable(url, error, signal));
    },
  };
}

/** Where the weights lie that config.json calls `file`. */
export function weightsUrl(address: ModelAddress, file: string): URL {
  return typeof address === 'string' ? new URL(file, folderUrl(address)) : new URL(address.weightsUrl);
}

/** Address of a model's folder, with a slash at its end whether it had one or not. @throws ModelFileError where it is none. */
export function folderUrl(folder: string): URL {
  try {
    return new URL(folder.replace(/\/?$/, '/'), globalThis.location?.href);
  } catch {
    throw new ModelFileError('has an address that is none', {
      where: folder,
      expected: "the address of a model's folder",
      remedy: 'Give an absolute address.',
    });
  }
}

/** @throws ModelFileError where there is no answer, or one that is not OK; the signal's reason where aborted. */
export async function get(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error) => unreachable(url, error, init.signal));
  if (response.ok) return response;
  throw new ModelFileError('could not be fetched', {
    where: url.href,
    expected: 'HTTP 200',
    got: `HTTP ${response.status}`,
    remedy: "Check the model's address.",
  });
}

/** As get, its body. */
export async function getText(url: URL, init: RequestInit): Promise<string> {
  const response = await get(url, init);
  return response.text().catch((error) => unreachable(url, error, init.signal));
}

export function unreachable(url: URL, error: unknown, signal?: AbortSignal | null): never {
  signal?.throwIfAborted();
  throw new ModelFileError('could not be fetched', {
    where: url.href,
    got: error instanceof Error ? error.message : String(error),
    remedy: 'Check the connection and try again.',
  });
}

/** A body, told as it comes. */
export async function readAll(
  response: Response,
  onLoaded: (loadedBytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let loadedBytes = 0;
  const reader = response.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    loadedBytes += part.value.length;
    onLoaded(loadedBytes);
  }
  const bytes = new Uint8Array(loadedBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
