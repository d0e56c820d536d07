// Reading a model: a good one comes back whole, a bad one ends in a ModelFileError that says what is wrong.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderSource } from '../../cli/folder-source.ts';
import { DEFAULT_MODEL } from '../../cli/package-folder.ts';
import { clueEncoderDigest } from '../../src/shared/clue-encoder-digest.ts';
import { ModelFileError } from '../../src/shared/errors.ts';
import { parseModel, type Tensor } from '../../src/shared/model.ts';
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { modelFiles, syntheticModel, TINY, writeSafetensors, type ModelFiles } from './synthetic-model.ts';

const model = syntheticModel(TINY);
const { configText, bytes } = modelFiles(model);

/** The digest that docs/model-format.md tells, made another way. */
function digestByHand(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    if (name.startsWith('clue_encoder.'))
      hash.update(`${name} F32 [${shape.join(', ')}]\n`).update(new Uint8Array(data.buffer));
  }
  return hash.digest('hex');
}

/** Files of a model one of whose tensors is replaced, with the digest of what they hold. */
function withTensor(name: string, shape: number[] | undefined, value = 0) {
  const tensors = new Map(model.tensors);
  if (shape === undefined) tensors.delete(name);
  else tensors.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) });
  return modelFiles({ config: model.config, tensors });
}

const refused = (text: string, data: Uint8Array, message: RegExp) =>
  expect(parseModel(text, data)).rejects.toThrow(
    expect.objectContaining({ name: 'ModelFileError', message: expect.stringMatching(message) }),
  );

describe('parseModel', () => {
  it('reads every tensor', async () => {
    const read = await parseModel(configText, bytes);
    expect(read.config.extractor).toEqual(model.config.extractor);
    expect([...read.tensors.keys()].sort()).toEqual([...model.tensors.keys()].sort());
    for (const [name, tensor] of model.tensors) expect(read.tensors.get(name)).toEqual(tensor);
  });

  it('reads the shipped model, in half precision', async () => {
    const shipped = await loadModel(folderSource(DEFAULT_MODEL));
    expect(shipped.config.name).toBe('speaker-base');
    expect(shipped.tensors.size).toBe(expectedTensors(shipped.config).size);
  });

  it('refuses a tensor file that is cut short, or changed', async () => {
    await refused(configText, bytes.subarray(0, 1000), /cut short, expected \d+ bytes, got 1000/);
    const changed = bytes.slice();
    changed[changed.length - 3] ^= 1;
    await refused(
      configText,
      changed,
      /model.safetensors: has a wrong digest, expected sha256 [0-9a-f]{64}, got/,
    );
  });

  it('refuses a tensor that is missing, of a wrong shape, not finite or unknown', async () => {
    const missing = withTensor('extractor.mask.2.bias', undefined);
    await refused(
      missing.configText,
      missing.bytes,
      /tensor extractor.mask.2.bias: is missing, expected \[12\]/,
    );
    const reshaped = withTensor('extractor.norm_in.weight', [7]);
    await refused(
      reshaped.configText,
      reshaped.bytes,
      /norm_in.weight: has a wrong shape, expected \[8\], got \[7\]/,
    );
    for (const bad of [NaN, Infinity]) {
      const poisoned = withTensor('extractor.norm_in.weight', [8], bad);
      await refused(
        poisoned.configText,
        poisoned.bytes,
        new RegExp(`norm_in.weight, value 0.*not finite.*got ${bad}`),
      );
    }
    const extra = withTensor('extractor.surprise', [1]);
    await refused(extra.configText, extra.bytes, /tensor extractor.surprise: is not part of this format/);
  });

  it.each<[string, (config: Record<string, unknown>) => void, RegExp]>([
    [
      'another format',
      (c) => (c.format = 'onnx'),
      /format: has a wrong value, expected "crossmamba-web", got "onnx"/,
    ],
    [
      'a later version',
      (c) => (c.format_version = 2),
      /format_version: has a wrong value, expected 1, got 2/,
    ],
    ['no hop', (c) => delete c.hop, /hop: has a wrong value, expected 128, got nothing/],
    [
      'another hop',
      (c) => Object.assign(c, { hop: 64, synthesis: 128 }),
      /hop: has a wrong value, expected 128, got 64/,
    ],
    [
      'another rate',
      (c) => (c.sample_rate = 8000),
      /sample_rate: has a wrong value, expected 16000, got 8000/,
    ],
    ['a frame of 500', (c) => (c.frame = 500), /frame: has a wrong value, expected a power of two, got 500/],
    ['bands that do not reach the end', (c) => (c.band_edges = [0, 9, 200]), /band_edges: .*from 0 to 257/],
    [
      'no extractor',
      (c) => (c.extractor = null),
      /extractor: has a wrong value, expected an object, got null/,
    ],
    [
      'a file outside the folder',
      (c) => (c.tensors = { file: '../x', bytes: 1, sha256: '' }),
      /tensors.file: .*plain file name/,
    ],
  ])('refuses a configuration with %s', async (_, change, message) => {
    await refused(modelFiles(model, change).configText, bytes, message);
  });

  it('refuses a configuration that is not JSON', async () => {
    await refused('<!doctype html><title>Not found', bytes, /config.json: is not JSON.*got "<!doctype html/);
  });
});

describe("the clue encoder's digest", () => {
  const read = async ({ configText, bytes }: ModelFiles) => (await parseModel(configText, bytes)).clueEncoder;
  /** One byte of one value is another. */
  const changed = (name: string) => {
    const tensors = new Map(model.tensors);
    const { shape, data } = tensors.get(name)!;
    const copy = data.slice();
    new Uint8Array(copy.buffer)[0] ^= 1;
    tensors.set(name, { shape, data: copy });
    return { config: model.config, tensors };
  };

  it('is what the format says, in whatever order the tensors lie', async () => {
    const expected = digestByHand(model.tensors);
    expect(await read({ configText, bytes })).toBe(expected);
    const reversed = new Map([...model.tensors].reverse());
    expect(await read(modelFiles({ config: model.config, tensors: reversed }))).toBe(expected);
  });

  it('changes with every tensor of the encoder, by one byte', async () => {
    const names = [...model.tensors.keys()].filter((name) => name.startsWith('clue_encoder.'));
    const digests = await Promise.all(names.map((name) => read(modelFiles(changed(name)))));
    digests.push(await read({ configText, bytes }));
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(digests).size).toBe(names.length + 1);
  });

  it("stays with another extractor, and under another model's name", async () => {
    const expected = await read({ configText, bytes });
    const retrained = changed('extractor.mask.2.bias');
    const renamed = (config: Record<string, unknown>) => (config.name = 'another');
    expect(await read(modelFiles(retrained, renamed))).toBe(expected);
  });

  it('takes dtype, shape and bytes as they are stored', async () => {
    const half = { dtype: 'F16', shape: [2, 1], bytes: Uint8Array.of(0, 0x3c, 0, 0xc1) };
    const bias = { dtype: 'F32', shape: [1], bytes: Uint8Array.of(0, 0, 0xc0, 0x3f) };
    const weight = ['clue_encoder.output.weight', half] as const;
    const tensors = new Map([weight, ['extractor.band', half], ['clue_encoder.norm_in.bias', bias]]);
    // printf 'clue_encoder.norm_in.bias F32 [1]\n\0\0\xc0\x3fclue_encoder.output.weight F16 [2, 1]\n\0\x3c\0\xc1' | sha256sum
    expect(await clueEncoderDigest(tensors)).toBe(
      'cbed9fb6cc7314596b3a3e3aed98af269926904c8a3efa2409bcce9c4daefbd8',
    );
    const flat = new Map(tensors).set(weight[0], { ...half, shape: [2] });
    expect(await clueEncoderDigest(flat)).not.toBe(await clueEncoderDigest(tensors));
  });
});

describe('loadModel', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/m/config.json') response.end(configText);
      else if (request.url === '/m/model.safetensors') response.end(bytes);
      else if (request.url === '/broken/config.json') response.end(configText);
      else if (request.url === '/broken/model.safetensors') {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 500), () => response.destroy());
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('fetches a folder and reports its progress', async () => {
    const reports: number[] = [];
    const loaded = await loadModel(`${address}/m`, {
      onProgress: ({ loadedBytes, totalBytes }) => reports.push(loadedBytes / totalBytes),
    });
    expect(loaded.tensors.size).toBe(model.tensors.size);
    expect(reports[0]).toBe(0);
    expect(reports.at(-1)).toBe(1);
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
  });

  it('says what could not be fetched', async () => {
    await expect(loadModel(`${address}/nothing/`)).rejects.toThrow(
      /nothing\/config.json: could not be fetched.*404/,
    );
    await expect(loadModel(`${address}/broken`)).rejects.toThrow(ModelFileError);
    await expect(loadModel('models/relative')).rejects.toThrow(
      /models\/relative: has an address that is none/,
    );
    await expect(loadModel('http://127.0.0.1:9/m')).rejects.toThrow(/could not be fetched/);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const stopped = loadModel(`${address}/m`, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('writeSafetensors', () => {
  it('writes what the reader of other tools expects: a length, a JSON header, the values', () => {
    const written = writeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]));
    expect(new DataView(written.buffer).getFloat32(written.length - 4, true)).toBe(-2);
  });
});
