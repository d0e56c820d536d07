// The measurement behind docs/enrollment.md: how long, how clean and of how many voices an enrollment is, seen by the model's clue encoder.
import { writeFileSync } from 'node:fs';
import { folderSource } from '../../cli/folder-source.ts';
import { clueCosine, lowestAgreement } from '../../src/shared/clue-cosine.ts';
import { checkEnrollment } from '../../src/shared/enrollment.ts';
import { EnrollmentMeter } from '../../src/shared/enrollment-meter.ts';
import { enrollmentPieces } from '../../src/shared/enrollment-pieces.ts';
import { MODEL_RATE_HZ } from '../../src/shared/audio-constants.ts';
import { encodeClue } from '../../src/worker/clue-encoder.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { WasmClueNetwork } from '../../wasm/clue-network.ts';
import { readNoises, readVoices, withInstead, withUnder, type Voice } from './voices.ts';
import { quantile } from '../shared/quantile.ts';
import { cut } from '../shared/samples.ts';
import { agreementTable, lengthTable, noiseTable, refusalsLine } from './tables.ts';
import type { Agreement, LengthRow, NoiseRow, Refusals, Spread } from './tables.ts';

interface Options {
  readonly model: string;
  readonly voices: string;
  readonly noises?: string;
  /** Some of the sections, by comma; all where there is none. */
  readonly sections?: string;
  readonly takes: string;
  readonly json?: string;
}

/** Takes come from the first half of a voice, the reference from the second. */
const REFERENCE_S = 24;
const TAKE_S = 9;
/** Two of them are compared. */
const SECOND_S = 6;
const THRESHOLDS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85];

const options = JSON.parse(process.argv[2]) as Options;
const TAKES = Number(options.takes);
const model = await loadModel(folderSource(options.model));
const voices = readVoices(options.voices);
const noises = options.noises === undefined ? [] : readNoises(options.noises);
const network = await WasmClueNetwork.create(model);
const encode = (samples: Float32Array) => encodeClue(model, samples, network);

const halfS = (voice: Voice) => voice.samples.length / 2 / MODEL_RATE_HZ;
const takeStartS = (voice: Voice, take: number) =>
  (take * Math.max(0, halfS(voice) - TAKE_S)) / Math.max(1, TAKES - 1);
const takeOf = (voice: Voice, take: number, lengthS = TAKE_S) =>
  cut(voice.samples, takeStartS(voice, take), lengthS);
/** Of the noises, another one for each take. */
const noiseFor = (voice: number, take: number) => noises[(voice * TAKES + take) % noises.length];
const references = voices.map((voice) =>
  encode(cut(voice.samples, halfS(voice), Math.min(REFERENCE_S, halfS(voice)))),
);

const spread = (values: readonly number[]): Spread => ({
  n: values.length,
  p5: round(quantile(values, 0.05)),
  p50: round(quantile(values, 0.5)),
  p95: round(quantile(values, 0.95)),
});
const round = (value: number) => Math.round(value * 1000) / 1000;

/** Clues of takes against the reference of the same voice and of the others. */
function length(): LengthRow[] {
  return [2, 3, 4, 6, 9, 14].map((lengthS) => {
    const own: number[] = [];
    const others: number[] = [];
    const voicedS: number[] = [];
    let best = 0;
    voices.forEach((voice, v) => {
      for (let take = 0; take < TAKES; take++) {
        const samples = takeOf(voice, take, lengthS);
        const clue = encode(samples);
        const cosines = references.map((reference) => clueCosine(clue, reference));
        own.push(cosines[v]);
        others.push(...cosines.filter((_, other) => other !== v && voices[other].group === voice.group));
        if (cosines[v] === Math.max(...cosines)) best++;
        voicedS.push(figuresOf(samples).voicedS);
      }
    });
    return {
      lengthS,
      voicedS: round(quantile(voicedS, 0.5)),
      own: spread(own),
      others: spread(others),
      rightShare: round(best / own.length),
    };
  });
}

const figuresOf = (samples: Float32Array) => {
  const meter = new EnrollmentMeter(MODEL_RATE_HZ);
  meter.push(samples);
  return meter.figures();
};

/** Clues of noisy takes against the reference, and what the meter takes the noise for. */
function noise(): NoiseRow[] {
  return [40, 20, 15, 10, 5, 0].map((snrDb) => {
    const own: number[] = [];
    const estimates: number[] = [];
    let best = 0;
    let refused = 0;
    voices.forEach((voice, v) => {
      for (let take = 0; take < TAKES; take++) {
        const under = noiseFor(v, take);
        const samples = withUnder(takeOf(voice, take), under, snrDb);
        estimates.push(figuresOf(samples).snrDb);
        if (isRefused(samples)) refused++;
        const clue = encode(samples);
        const cosines = references.map((reference) => clueCosine(clue, reference));
        own.push(cosines[v]);
        if (cosines[v] === Math.max(...cosines)) best++;
      }
    });
    return {
      snrDb,
      estimateDb: spread(estimates),
      own: spread(own),
      rightShare: round(best / own.length),
      refused,
      warnedShares: Object.fromEntries(
        [10, 12, 15, 18, 20].map((db) => [
          db,
          round(estimates.filter((estimate) => estimate < db).length / own.length),
        ]),
      ),
    };
  });
}

function isRefused(samples: Float32Array): boolean {
  try {
    checkEnrollment(samples, MODEL_RATE_HZ);
    return false;
  } catch {
    return true;
  }
}

/** The check on what is a voice and what is none. */
function refusals(): Refusals {
  const clean = voices.flatMap((voice) => Array.from({ length: TAKES }, (_, take) => takeOf(voice, take)));
  const none = noises.map((samples) => cut(samples, 0, Math.min(TAKE_S, samples.length / MODEL_RATE_HZ)));
  return {
    voices: clean.length,
    voicesRefused: clean.filter(isRefused).length,
    noises: none.length,
    noisesRefused: none.filter(isRefused).length,
  };
}

type Scene = (take: Float32Array, other: Float32Array) => Float32Array;
const SCENES: Readonly<Record<string, Scene>> = {
  'from the middle on': (take, other) => withInstead(take, other, TAKE_S / 2, TAKE_S),
  'for the last third': (take, other) => withInstead(take, other, (2 * TAKE_S) / 3, TAKE_S),
  'for the middle third': (take, other) => withInstead(take, other, TAKE_S / 3, (2 * TAKE_S) / 3),
  'for 1.5 s': (take, other) => withInstead(take, other, 4, 5.5),
  'behind all the time, 6 dB below': (take, other) => withUnder(take, other, 6),
};

const agreementOf = (samples: Float32Array) =>
  lowestAgreement([...enrollmentPieces(samples, MODEL_RATE_HZ)].map(encode));

const agreement = (values: readonly number[]): Agreement => ({
  ...spread(values),
  below: Object.fromEntries(
    THRESHOLDS.map((t) => [t, round(values.filter((value) => value < t).length / values.length)]),
  ),
});

/** Lowest cosine between the pieces of a take of one voice, as it is and with a noise 15 dB below it. */
function alone(): Record<string, Agreement> {
  const takes = (under: readonly Float32Array[]) =>
    voices.flatMap((voice, v) =>
      Array.from({ length: TAKES }, (_, take) => {
        const samples = takeOf(voice, take);
        return agreementOf(
          under.length === 0 ? samples : withUnder(samples, under[(v * TAKES + take) % under.length], 15),
        );
      }),
    );
  // What is too short to be cut in two has none.
  const known = (under: readonly Float32Array[]) =>
    agreement(takes(under).filter((lowest) => lowest !== null));
  return {
    'one voice: false alarms': known([]),
    ...(noises.length > 0 && { 'one voice, noise at 15 dB: false alarms': known(noises) }),
  };
}

/** The same of takes in which another voice of the group is heard. */
function scenes(): Record<string, Agreement> {
  const rows: Record<string, Agreement> = {};
  for (const [name, scene] of Object.entries(SCENES)) {
    const found: Record<'same sex' | 'other sex', number[]> = { 'same sex': [], 'other sex': [] };
    voices.forEach((voice, v) =>
      voices.forEach((other, o) => {
        if (v === o || voice.group !== other.group) return;
        const take = (v + o) % TAKES;
        const lowest = agreementOf(scene(takeOf(voice, take), takeOf(other, take)));
        if (lowest !== null) found[voice.sex === other.sex ? 'same sex' : 'other sex'].push(lowest);
      }),
    );
    for (const [sex, values] of Object.entries(found)) rows[`${sex} ${name}`] = agreement(values);
  }
  return rows;
}

/** The cosine between a take and another take of the same voice or of somebody else's, as `<clue-enroller>` judges a second recording. */
function second(): Record<string, Agreement> {
  const first = voices.map((voice) =>
    Array.from({ length: TAKES }, (_, take) => encode(takeOf(voice, take, SECOND_S))),
  );
  const later = (voice: Voice, take: number) =>
    cut(voice.samples, halfS(voice) + takeStartS(voice, take), SECOND_S);
  const found: Record<string, number[]> = {};
  const put = (row: string, value: number) => (found[row] ??= []).push(value);
  voices.forEach((voice, v) => {
    for (let take = 0; take < TAKES; take++) {
      const samples = later(voice, take);
      const clue = encode(samples);
      put('the same voice: false alarms', clueCosine(first[v][take], clue));
      if (noises.length > 0) {
        const under = noiseFor(v, take);
        put(
          'the same voice, noise at 15 dB: false alarms',
          clueCosine(first[v][take], encode(withUnder(samples, under, 15))),
        );
      }
      voices.forEach((other, o) => {
        if (o !== v && other.group === voice.group)
          put(
            other.sex === voice.sex ? 'another of the same sex' : 'another of the other sex',
            clueCosine(first[o][take], clue),
          );
      });
    }
  });
  return Object.fromEntries(Object.entries(found).map(([row, values]) => [row, agreement(values)]));
}

/** What each measures, and how it is printed. */
const SECTIONS = {
  length: () => told(length(), lengthTable),
  noise: () => told(noise(), noiseTable),
  refusals: () => told(refusals(), refusalsLine),
  alone: () => told(alone(), agreementTable),
  scenes: () => told(scenes(), agreementTable),
  second: () => told(second(), agreementTable),
};

function told<Result>(result: Result, print: (result: Result) => string): Result {
  console.log(`\n${print(result)}`);
  return result;
}

const result: Record<string, unknown> = {
  model: model.config.name,
  tensors: model.config.tensors.sha256,
  voices: voices.length,
  takes: TAKES,
};
const names = options.sections?.split(',') ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0)
  throw new Error(
    `--sections: expected some of ${Object.keys(SECTIONS).join(', ')}, got ${unknown.join(', ')}`,
  );
for (const name of names)
  if (name === 'noise' && noises.length === 0) console.log('\nnoise: skipped, no --noises FOLDER');
  else result[name] = SECTIONS[name as keyof typeof SECTIONS]();
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(result, null, 1));
