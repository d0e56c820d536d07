// A model's files from a folder on disk.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ModelFileError } from '../src/shared/errors.ts';
import type { ModelSource } from '../src/worker/load-model.ts';
import { reasonOf } from './files.ts';

export function folderSource(folder: string): ModelSource {
  const read = async (file: string, signal?: AbortSignal): Promise<Uint8Array> => {
    const where = path.join(folder, file);
    try {
      return await readFile(where, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new ModelFileError('cannot be read', {
        where,
        expected: 'a model: config.json and model.safetensors',
        got: reasonOf(error),
        remedy: 'Name the folder of a model with --model.',
      });
    }
  };
  return {
    text: async (file, signal) => Buffer.from(await read(file, signal)).toString('utf8'),
    async bytes(file, onLoaded, signal) {
      const bytes = await read(file, signal);
      onLoaded(bytes.length);
      return bytes;
    },
  };
}
