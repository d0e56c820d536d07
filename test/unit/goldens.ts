// The golden tensors that PyTorch made: test/golden/<size>/, described in docs/model-format.md.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseModel, type Model } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';

const FOLDER = path.resolve(import.meta.dirname, '../golden');

/** Names of the sizes that there are. */
export function goldenSizes(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export interface Golden {
  readonly model: Model;
  /** Values by name. Throws where there is none of that name. */
  get(name: string): Float32Array;
}

export async function readGolden(size: string): Promise<Golden> {
  const file = (name: string) => readFileSync(path.join(FOLDER, size, name));
  const model = await parseModel(file('config.json').toString(), file('model.safetensors'));
  const tensors = readSafetensors(file('golden.safetensors'), `${size}/golden.safetensors`);
  return {
    model,
    get(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new Error(`${size}/golden.safetensors has no ${name}`);
      return tensor.data;
    },
  };
}

export interface Difference {
  /** Largest difference. */
  readonly max: number;
  /** Root of the summed squares of the differences, against that of what was expected. */
  readonly relative: number;
}

export function difference(got: Float32Array, expected: Float32Array): Difference {
  if (got.length !== expected.length)
    throw new Error(`expected ${expected.length} values, got ${got.length}`);
  let max = 0;
  let errors = 0;
  let squares = 0;
  for (let n = 0; n < got.length; n++) {
    const error = got[n] - expected[n];
    // NaN stays NaN here, and fails every bound.
    max = Math.max(max, Math.abs(error));
    errors += error * error;
    squares += expected[n] * expected[n];
  }
  return { max, relative: Math.sqrt(errors / (squares + 1e-30)) };
}
