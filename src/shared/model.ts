// The model in memory: its configuration and its tensors by name. The format is told in docs/model-format.md.
import { ModelFileError } from './errors.ts';
import { parseModelConfig } from './model-config.ts';
import { expectedTensors } from './model-tensors.ts';
import { sha256Hex } from './platform.ts';
import { readSafetensors } from './safetensors.ts';

export interface ExtractorConfig {
  readonly d_model: number;
  /** d_model of the full band's CrossMamba. */
  readonly width: number;
  readonly layers: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly expand: number;
  readonly dt_rank: number;
  readonly dt_rank_wide: number;
  readonly embedding: number;
  readonly clue_hidden: number;
}

export interface ClueEncoderConfig {
  readonly d_model: number;
  readonly layers: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly expand: number;
  readonly dt_rank: number;
  readonly embedding: number;
}

export interface ModelConfig {
  readonly format: 'crossmamba-web';
  readonly format_version: 1;
  readonly name: string;
  readonly clue: 'speaker';
  readonly sample_rate: number;
  readonly frame: number;
  readonly hop: number;
  readonly synthesis: number;
  readonly band_edges: readonly number[];
  readonly extractor: ExtractorConfig;
  readonly clue_encoder: ClueEncoderConfig;
  readonly tensors: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly training?: Readonly<Record<string, unknown>>;
  readonly quality?: Readonly<Record<string, unknown>>;
}

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major, always f32 in memory whatever the file holds. */
  readonly data: Float32Array;
}

export interface Model {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Checks and reads a model: version, byte count, digest, names, shapes, dtypes, finiteness.
 * @param configText text of config.json.
 * @param bytes the whole tensor file.
 * @throws ModelFileError that names the file or tensor, what was expected and what was found.
 */
export async function parseModel(configText: string, bytes: Uint8Array): Promise<Model> {
  const config = parseModelConfig(configText);
  await checkFile(config, bytes);
  const found = readSafetensors(bytes, config.tensors.file);
  const expected = expectedTensors(config);
  for (const name of found.keys())
    if (!expected.has(name))
      throw new ModelFileError('is not part of this format', {
        where: `${config.tensors.file}, tensor ${name}`,
      });
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    checkTensor(tensor, shape, `${config.tensors.file}, tensor ${name}`);
    tensors.set(name, tensor);
  }
  return { config, tensors };
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
  const digest = await sha256Hex(found);
  if (digest === undefined)
    throw new ModelFileError('the digest cannot be checked', {
      where: file,
      expected: 'crypto.subtle',
      got: 'a page that is no secure context',
      remedy: 'Serve the page over HTTPS or from localhost.',
    });
  if (digest !== sha256)
    throw new ModelFileError('has a wrong digest', {
      where: file,
      expected: `sha256 ${sha256}`,
      got: digest,
      remedy: 'Download or export it again, together with its config.json.',
    });
}

function checkTensor(
  tensor: Tensor | undefined,
  shape: readonly number[],
  where: string,
): asserts tensor is Tensor {
  const expected = `[${shape.join(', ')}]`;
  if (tensor === undefined) throw new ModelFileError('is missing', { where, expected });
  const got = `[${tensor.shape.join(', ')}]`;
  if (got !== expected) throw new ModelFileError('has a wrong shape', { where, expected, got });
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ModelFileError('holds a value that is not finite', {
      where: `${where}, value ${bad}`,
      expected: 'finite values',
      got: `${tensor.data[bad]}`,
      remedy: 'Train or export the model again.',
    });
}
