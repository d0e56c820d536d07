// Reads a model and refuses one that is not whole. The format is told in docs/model-format.md.
import { clueEncoderDigest } from './clue-encoder-digest.ts';
import { ModelFileError } from './errors.ts';
import { parseModelConfig } from './model-config.ts';
import { expectedTensors } from './model-tensors.ts';
import type { LoadedModel, ModelConfig, Tensor } from './model-types.ts';
import { sha256Hex } from './platform.ts';
import { decodeTensor, storedTensors, type StoredTensor } from './safetensors.ts';

export type * from './model-types.ts';

/**
 * Checks and reads a model: version, byte count, digest, names, shapes, dtypes, finiteness.
 * @param configText text of config.json.
 * @param bytes the whole tensor file.
 * @throws ModelFileError that names the file or tensor, what was expected and what was found.
 */
export async function parseModel(configText: string, bytes: Uint8Array): Promise<LoadedModel> {
  const config = parseModelConfig(configText);
  await checkFile(config, bytes);
  const found = storedTensors(bytes, config.tensors.file);
  const expected = expectedTensors(config);
  for (const name of found.keys())
    if (!expected.has(name))
      throw new ModelFileError('is not part of this format', {
        where: `${config.tensors.file}, tensor ${name}`,
      });
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of expected) {
    tensors.set(name, readTensor(found.get(name), shape, `${config.tensors.file}, tensor ${name}`));
  }
  return { config, tensors, clueEncoder: checkedDigest(await clueEncoderDigest(found), config.tensors.file) };
}

async function checkFile(
  { tensors: { file, bytes, sha256 } }: ModelConfig,
  found: Uint8Array,
): Promise<void> {
  if (found.length !== bytes)
    throw new ModelFileError(found.length < bytes ? 'the file is cut short' : 'the file is too long', {
      where: file,
      expected: `${bytes} bytes`,
      got: `${found.length}`,
      remedy: 'Download or export it again.',
    });
  const digest = checkedDigest(await sha256Hex(found), file);
  if (digest !== sha256)
    throw new ModelFileError('has a wrong digest', {
      where: file,
      expected: `sha256 ${sha256}`,
      got: digest,
      remedy: 'Download or export it again, together with its config.json.',
    });
}

function checkedDigest(digest: string | undefined, where: string): string {
  if (digest !== undefined) return digest;
  throw new ModelFileError('the digest cannot be checked', {
    where,
    expected: 'crypto.subtle',
    got: 'a page that is no secure context',
    remedy: 'Serve the page over HTTPS or from localhost.',
  });
}

function readTensor(stored: StoredTensor | undefined, shape: readonly number[], where: string): Tensor {
  const expected = `[${shape.join(', ')}]`;
  if (stored === undefined) throw new ModelFileError('is missing', { where, expected });
  const got = `[${stored.shape.join(', ')}]`;
  if (got !== expected) throw new ModelFileError('has a wrong shape', { where, expected, got });
  const tensor = decodeTensor(stored);
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ModelFileError('holds a value that is not finite', {
      where: `${where}, value ${bad}`,
      expected: 'finite values',
      got: `${tensor.data[bad]}`,
      remedy: 'Train or export the model again.',
    });
  return tensor;
}
