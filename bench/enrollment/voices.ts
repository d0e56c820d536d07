// Voices and noises from folders, and recordings made of them: who speaks when, over which noise. Seeded, so that a run repeats.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';
import { dbToPower } from '../../src/shared/decibels.ts';
import { resample } from '../../src/shared/resampling.ts';
import { mixDown, readWav } from '../../src/shared/wav.ts';
import { atPower, cut, power } from '../shared/samples.ts';

export interface Voice {
  readonly name: string;
  readonly group: string;
  readonly sex: string;
  readonly samples: Float32Array;
}

export function readVoices(folder: string): Voice[] {
  const [header, ...lines] = readFileSync(path.join(folder, 'voices.csv'), 'utf8').trim().split(/\r?\n/);
  if (header !== 'voice,group,sex') throw new Error(`voices.csv: expected voice,group,sex, got ${header}`);
  return lines.map((line) => {
    const [name, group, sex] = line.split(',');
    return { name, group, sex, samples: readSamples(path.join(folder, `${name}.wav`)) };
  });
}

export function readNoises(folder: string): Float32Array[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.wav'));
  return files.sort().map((file) => readSamples(path.join(folder, file)));
}

function readSamples(file: string): Float32Array {
  const { channels, rateHz } = readWav(readFileSync(file), file);
  return resample(mixDown(channels), rateHz, MODEL_RATE_HZ);
}

/** `other` under `samples`, so many decibels below. */
export function withUnder(samples: Float32Array, other: Float32Array, belowDb: number): Float32Array {
  const under = atPower(other, power(samples) * dbToPower(-belowDb));
  return samples.map((sample, n) => sample + under[n % under.length]);
}

/** `other` instead of `samples` from `fromS` to `toS`, as loud. */
export function withInstead(
  samples: Float32Array,
  other: Float32Array,
  fromS: number,
  toS: number,
): Float32Array {
  const mixed = samples.slice();
  const part = cut(other, 0, toS - fromS);
  mixed.set(atPower(part, power(samples)), Math.round(fromS * MODEL_RATE_HZ));
  return mixed;
}
