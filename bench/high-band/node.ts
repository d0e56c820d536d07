// The measurement behind docs/evaluation.md, "Above 8 kHz": streams of two voices at a rate that has more than the model hears.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FileExtractor } from '../../cli/file-extractor.ts';
import { MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';
import { ratioDb } from '../../src/shared/decibels.ts';
import { random } from '../../src/shared/random.ts';
import { resample } from '../../src/shared/resampling.ts';
import { mixDown, readWav } from '../../src/shared/wav.ts';
import { atPower, cut } from '../shared/samples.ts';

interface Options {
  readonly model: string;
  readonly voices: string;
}

interface Voice {
  readonly file: string;
  readonly samples: Float32Array;
  readonly rateHz: number;
}

/** Seconds of a voice: the enrollment, then what is heard of it. */
const ENROLLMENT_S = 8;
const SPOKEN_S = 12;
const LOUDNESS = 0.05;
/** Of a white noise, so that silence is none. */
const FLOOR = 2e-4;
/** Each voice is the target beside the next one and beside the fourth on. */
const BESIDE = [1, 4];
/** Seconds of a stream: the target alone, another alone (from half a second after it began), both. */
const PARTS = { target: [0, 4], other: [4.5, 8], both: [8, 16] } as const;

const options = JSON.parse(process.argv[2]) as Options;
const voices = readdirSync(options.voices)
  .filter((file) => file.endsWith('.wav'))
  .sort()
  .map(readVoice);
const MOST_BESIDE = Math.max(...BESIDE);
if (voices.length <= MOST_BESIDE || new Set(voices.map(({ rateHz: rate }) => rate)).size > 1) {
  const found = voices.map(({ file, rateHz: rate }) => `${file} (${rate} Hz)`).join(', ') || 'none';
  console.error(`${options.voices}: expected ${MOST_BESIDE + 1} voices and more of one rate, got ${found}.`);
  process.exit(1);
}
const [{ rateHz }] = voices;
const extractor = await FileExtractor.open({
  model: options.model,
  backend: 'wasm',
  adaptation: true,
  hearFirst: false,
});
const rows: { above: Scores; below: Scores }[] = [];
for (const [n, target] of voices.entries())
  for (const beside of BESIDE) rows.push(await measure(target, voices[(n + beside) % voices.length]));
extractor.destroy();
const mean = (values: readonly number[]) =>
  (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1).replace('-', '−');
const cells = (band: 'above' | 'below', key: keyof Scores) => mean(rows.map((row) => row[band][key]));
console.log(
  `${rows.length} streams of ${voices.length} voices at ${rateHz / 1000} kHz; means, dB\n\n| | below 8 kHz | above |\n|---|---|---|`,
);
for (const [key, name] of [
  ['mixture', 'both speak, the mixture: SNR'],
  ['both', 'both speak, the estimate: SNR'],
  ['alone', 'the target alone: SNR'],
  ['level', 'its level'],
  ['left', 'another alone, left'],
] as const)
  console.log(`| ${name} | ${cells('below', key)} | ${cells('above', key)} |`);

interface Scores {
  readonly mixture: number;
  readonly both: number;
  readonly alone: number;
  readonly level: number;
  readonly left: number;
}

async function measure(target: Voice, other: Voice): Promise<{ above: Scores; below: Scores }> {
  const [own, others] = [target, other].map(({ samples }) => cut(samples, ENROLLMENT_S, SPOKEN_S, rateHz));
  const at = (seconds: number) => Math.round(seconds * rateHz);
  const total = at(PARTS.both[1]);
  const [wanted, unwanted] = [new Float32Array(total), new Float32Array(total)];
  wanted.set(own.subarray(0, at(4)));
  wanted.set(own.subarray(at(4)), at(8));
  unwanted.set(others, at(4));
  const next = random(1);
  const mixture = wanted.map((sample, n) => sample + unwanted[n] + FLOOR * (2 * next() - 1));
  await extractor.enroll([
    { file: target.file, samples: cut(target.samples, 0, ENROLLMENT_S, rateHz), rateHz, encoding: 'float32' },
  ]);
  const estimate = await extractor.extract({
    file: other.file,
    samples: mixture,
    rateHz,
    encoding: 'float32',
  });
  const all = { wanted, unwanted, estimate };
  const below = Object.fromEntries(Object.entries(all).map(([name, samples]) => [name, low(samples)]));
  const above = Object.fromEntries(
    Object.entries(all).map(([name, samples]) => [name, samples.map((sample, n) => sample - below[name][n])]),
  );
  return { above: score(above as typeof all), below: score(below as typeof all) };
}

function score(sounds: Record<'wanted' | 'unwanted' | 'estimate', Float32Array>): Scores {
  const { wanted, unwanted, estimate } = sounds;
  const error = estimate.map((sample, n) => sample - wanted[n]);
  const energy = (samples: Float32Array, [fromS, toS]: readonly [number, number]) =>
    samples
      .subarray(Math.round(fromS * rateHz), Math.round(toS * rateHz))
      .reduce((sum, sample) => sum + sample ** 2, 0);
  const db = (one: Float32Array, another: Float32Array, part: readonly [number, number]) =>
    ratioDb(energy(one, part), energy(another, part));
  return {
    mixture: db(wanted, unwanted, PARTS.both),
    both: db(wanted, error, PARTS.both),
    alone: db(wanted, error, PARTS.target),
    level: db(estimate, wanted, PARTS.target),
    left: db(estimate, unwanted, PARTS.other),
  };
}

/** What the model hears of it, at the stream's rate. */
function low(samples: Float32Array): Float32Array {
  return resample(resample(samples, rateHz, MODEL_RATE_HZ), MODEL_RATE_HZ, rateHz);
}

function readVoice(name: string): Voice {
  const file = path.join(options.voices, name);
  const { channels, rateHz: rate } = readWav(readFileSync(file), file);
  return { file, samples: atPower(mixDown(channels), LOUDNESS ** 2), rateHz: rate };
}
