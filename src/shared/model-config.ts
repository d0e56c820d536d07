// Checks config.json: every key that the engine relies on, before a byte of the tensors is trusted.
import { HOP_SAMPLES, MODEL_RATE_HZ } from './audio-constants.ts';
import { ModelFileError } from './errors.ts';
import type { ModelConfig } from './model-types.ts';

const EXTRACTOR_KEYS = [
  ...['d_model', 'width', 'layers', 'd_state', 'd_conv', 'expand'],
  ...['dt_rank', 'dt_rank_wide', 'embedding', 'clue_hidden'],
];
const CLUE_ENCODER_KEYS = ['d_model', 'layers', 'd_state', 'd_conv', 'expand', 'dt_rank', 'embedding'];

/**
 * Text of config.json → configuration.
 * @throws ModelFileError that names the key, what was expected and what was found.
 */
export function parseModelConfig(text: string): ModelConfig {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    throw new ModelFileError('is not JSON', {
      where: 'config.json',
      expected: 'a JSON object',
      got: JSON.stringify(text.trimStart().slice(0, 40)),
      remedy:
        "Check the model's address: a page was found where a model was expected, or the file is cut short.",
    });
  }
  const root = object(config, '');
  equal(root, 'format', 'crossmamba-web');
  equal(root, 'format_version', 1, 'This version of the engine reads format version 1.');
  equal(root, 'clue', 'speaker');
  if (typeof root.name !== 'string' || root.name === '') fail('name', 'a name', root.name);
  // The audio path is built for these.
  equal(root, 'sample_rate', MODEL_RATE_HZ);
  equal(root, 'hop', HOP_SAMPLES);
  for (const key of ['frame', 'synthesis']) count(root, key);
  checkFraming(root as unknown as ModelConfig);
  checkBands(root);
  const extractor = object(root.extractor, 'extractor');
  for (const key of EXTRACTOR_KEYS) count(extractor, key, 'extractor.');
  const encoder = object(root.clue_encoder, 'clue_encoder');
  for (const key of CLUE_ENCODER_KEYS) count(encoder, key, 'clue_encoder.');
  if (encoder.embedding !== extractor.embedding)
    fail('clue_encoder.embedding', `extractor.embedding, ${extractor.embedding}`, encoder.embedding);
  checkTensors(object(root.tensors, 'tensors'));
  return root as unknown as ModelConfig;
}

type Keys = Record<string, unknown>;

function checkFraming({ frame, hop, synthesis }: ModelConfig): void {
  if (!Number.isInteger(Math.log2(frame)) || frame < 4) fail('frame', 'a power of two', frame);
  if (synthesis !== 2 * hop) fail('synthesis', `2 · hop, ${2 * hop}`, synthesis);
  if (synthesis > frame) fail('synthesis', `at most the frame, ${frame}`, synthesis);
}

function checkBands(root: Keys): void {
  const edges = root.band_edges;
  const bins = (root.frame as number) / 2 + 1;
  const ascending =
    Array.isArray(edges) &&
    edges.length > 1 &&
    edges[0] === 0 &&
    edges.at(-1) === bins &&
    edges.every((edge, k) => Number.isInteger(edge) && (k === 0 || edge > edges[k - 1]));
  if (!ascending) fail('band_edges', `rising whole numbers from 0 to ${bins}`, edges);
}

function checkTensors(tensors: Keys): void {
  const { file, sha256 } = tensors;
  // A plain name: a model must not reach out of its own folder.
  if (typeof file !== 'string' || !/^[\w-][\w.-]*$/.test(file))
    fail('tensors.file', 'a plain file name', file);
  count(tensors, 'bytes', 'tensors.');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    fail('tensors.sha256', '64 hex digits', sha256);
}

function object(value: unknown, key: string): Keys {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(key, 'an object', value);
  return value as Keys;
}

function equal(object: Keys, key: string, expected: unknown, remedy?: string): void {
  if (object[key] !== expected) fail(key, JSON.stringify(expected), object[key], remedy);
}

function count(object: Keys, key: string, prefix = ''): void {
  const value = object[key];
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    fail(prefix + key, 'a whole number from 1', value);
}

function fail(key: string, expected: string, value: unknown, remedy?: string): never {
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  const where = key === '' ? 'config.json' : `config.json, ${key}`;
  throw new ModelFileError('has a wrong value', { where, expected, got, remedy });
}
