// The measurement behind docs/latency.md, "What is played instead": estimates with gaps, through the audio thread's own path.
import path from 'node:path';
import { ABSENT } from '../../cli/evaluate-clip.ts';
import { FileExtractor } from '../../cli/file-extractor.ts';
import { readInput, readMixture, readRecording } from '../../cli/files.ts';
import { parseManifest } from '../../cli/manifest.ts';
import { HOP_MS, QUANTUM_SAMPLES } from '../../src/shared/audio-constants.ts';
import { AudioCounters, createCounterBuffer } from '../../src/shared/audio-counters.ts';
import { siSdrDb } from '../../src/shared/metrics.ts';
import { MISSED_POLICIES, type MissedPolicy } from '../../src/shared/protocol.ts';
import { random } from '../../src/shared/random.ts';
import { AudioPath } from '../../worklet/audio-path.ts';
import { NOWHERE, readerOf } from '../shared/whole-playback.ts';

interface Options {
  readonly model: string;
  readonly cases: string;
}

/** Gaps a second; each lacks one to so many hops. */
const GAPS_PER_S = [1, 4];
const MOST_HOPS = 4;

const options = JSON.parse(process.argv[2]) as Options;
const file = (name: string) => path.join(options.cases, name);
const manifest = Buffer.from(await readInput(file('manifest.csv'))).toString('utf8');
const cases = parseManifest(manifest, file('manifest.csv')).filter(({ kind }) => !ABSENT.test(kind));
const { model } = options;
const extractor = await FileExtractor.open({ model, backend: 'wasm', adaptation: true, hearFirst: false });
/** Kind → a row of SI-SDRi a case: whole, then each policy at each rate of gaps. */
const found = new Map<string, number[][]>();
for (const [n, { id, kind }] of cases.entries()) {
  const [mixture, target, enrollment] = await Promise.all([
    readMixture(file(`${id}.mixture.wav`)),
    readRecording(file(`${id}.target.wav`)),
    readRecording(file(`${id}.enrollment.wav`)),
  ]);
  await extractor.enroll([enrollment]);
  const estimate = await extractor.extract(mixture);
  const before = siSdrDb(mixture.samples, target.samples);
  const improvement = (played: Float32Array) => siSdrDb(played, target.samples) - before;
  const row = [improvement(estimate)];
  for (const perS of GAPS_PER_S) {
    const holed = withGaps(estimate, mixture.rateHz, perS, random(n + 1));
    for (const policy of MISSED_POLICIES)
      row.push(improvement(playedWith(policy, holed, mixture.samples, mixture.rateHz)));
  }
  found.set(kind, [...(found.get(kind) ?? []), row]);
}
extractor.destroy();
const heads = GAPS_PER_S.flatMap((perS) => MISSED_POLICIES.map((policy) => `${perS} a second: ${policy}`));
console.log(`SI-SDRi, dB, means; a gap lacks 1 to ${MOST_HOPS} hops of ${HOP_MS} ms\n`);
console.log(`| kind | n | nothing missing | ${heads.join(' | ')} |\n|${'---|'.repeat(3 + heads.length)}`);
for (const [kind, rows] of found) {
  const mean = (column: number) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
  const cells = rows[0].map((_, column) => mean(column).toFixed(2).replace('-', '−'));
  console.log(`| ${kind} | ${rows.length} | ${cells.join(' | ')} |`);
}

/** The estimate, never computed here and there. */
function withGaps(estimate: Float32Array, rateHz: number, perS: number, next: () => number): Float32Array {
  const holed = estimate.slice();
  const every = rateHz / perS;
  for (let from = every; from < holed.length; from += every) {
    const start = Math.round(from - next() * (every / 2));
    const hops = 1 + Math.floor(next() * MOST_HOPS);
    holed.fill(NaN, start, start + Math.round(hops * (HOP_MS / 1000) * rateHz));
  }
  return holed;
}

function playedWith(
  missedPolicy: MissedPolicy,
  estimate: Float32Array,
  mixture: Float32Array,
  rateHz: number,
): Float32Array {
  const counters = new AudioCounters(createCounterBuffer(false));
  const audio = new AudioPath({
    rateHz,
    delaySamples: 0,
    counters,
    missedPolicy,
    bypass: false,
    strength: 1,
  });
  audio.connect(NOWHERE, readerOf(estimate));
  const played = new Float32Array(mixture.length);
  for (let end = 0; end < mixture.length; end += QUANTUM_SAMPLES) {
    const [input, output] = [mixture, played].map((samples) => samples.subarray(end, end + QUANTUM_SAMPLES));
    audio.process([input], [output]);
  }
  return played;
}
