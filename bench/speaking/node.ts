// The measurement behind docs/speaking.md, "Does the voice speak?": prints its tables.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readInput, readRecording } from '../../cli/files.ts';
import { folderSource } from '../../cli/folder-source.ts';
import { parseManifest, type TestCase } from '../../cli/manifest.ts';
import { parseSegments, type Segment } from '../../cli/segments.ts';
import { SPEAKING_THRESHOLDS, type SpeakingThresholds } from '../../elements/live-monitor/target-speaking.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { looksOf, type Look } from './looks.ts';
import { similarities } from './similarity.ts';
import {
  asksIn,
  balancedAccuracyOf,
  choose,
  falseAlarmsOf,
  hitsOf,
  scoreOf,
  shareOf,
  sweep,
  type Candidate,
  type SimilarityAt,
  type SpeakingScore,
} from './sweep.ts';

interface CaseSet {
  readonly cases: string;
  readonly estimates: string;
}

interface SeenCase {
  readonly kind: string;
  readonly looks: readonly Look[];
  readonly similarityAt: SimilarityAt;
}

interface Options {
  readonly sets: readonly CaseSet[];
  readonly choose: boolean;
  /** The model's folder. */
  readonly model: string;
}

const SHOWN = 5;
/** Hits below which the enrolled person goes unheard. */
const UNHEARD_HITS = 0.5;
const options = JSON.parse(process.argv[2]) as Options;
const similarityOf = await similarities(await loadModel(folderSource(options.model)));
let thresholds = SPEAKING_THRESHOLDS;
for (const [n, set] of options.sets.entries()) {
  const seen = await readSet(set);
  if (n === 0 && options.choose) thresholds = chosenOn(set, seen);
  console.log(`\n${set.cases}: ${nameOf(thresholds)}\n`);
  await printTable(seen, thresholds);
}

async function readSet(set: CaseSet): Promise<SeenCase[]> {
  const text = async (file: string) => Buffer.from(await readInput(file)).toString('utf8');
  const manifest = path.join(set.cases, 'manifest.csv');
  const segmentsFile = path.join(set.cases, 'segments.json');
  const segments = existsSync(segmentsFile)
    ? parseSegments(await text(segmentsFile), segmentsFile)
    : new Map<string, readonly Segment[]>();
  const seen: SeenCase[] = [];
  const missing: string[] = [];
  for (const one of parseManifest(await text(manifest), manifest)) {
    if (existsSync(path.join(set.estimates, `${one.id}.estimate.wav`)))
      seen.push(await readCase(set, one, segments.get(one.id)));
    else missing.push(one.id);
  }
  if (missing.length > 0) console.log(`${set.estimates}: skipped, no estimate of ${missing.join(', ')}`);
  if (seen.length === 0) throw new Error(`${set.estimates}: no estimate of any case of ${manifest}`);
  return seen;
}

async function readCase(
  { cases, estimates }: CaseSet,
  { id, kind }: TestCase,
  segments: readonly Segment[] | undefined,
): Promise<SeenCase> {
  const recording = await readRecording(path.join(cases, `${id}.mixture.wav`));
  const { samples: mixture, rateHz } = recording;
  const { samples: target } = await readRecording(path.join(cases, `${id}.target.wav`));
  const { samples: estimate } = await readRecording(path.join(estimates, `${id}.estimate.wav`));
  if (estimate.length !== mixture.length)
    throw new Error(`${id}: expected an estimate of ${mixture.length} samples, got ${estimate.length}`);
  return {
    kind,
    looks: looksOf({ kind, rateHz, mixture, target, estimate, segments }),
    similarityAt: similarityOf(recording, await readRecording(path.join(cases, `${id}.enrollment.wav`))),
  };
}

function chosenOn({ cases }: CaseSet, seen: readonly SeenCase[]): SpeakingThresholds {
  const looks = seen.map((one) => one.looks);
  const sorted = sweep(looks);
  const present = { thresholds: SPEAKING_THRESHOLDS, score: scoreOf(looks, SPEAKING_THRESHOLDS) };
  const chosen = choose(sorted);
  console.log(
    `Chosen on ${cases}, of ${sorted.length}. The highest balanced accuracy, then the choice, then the element as it is:\n`,
  );
  const columns = ['thresholds', 'balanced accuracy', 'hits', 'false alarms', 'changes a minute'];
  const row = ({ thresholds: of, score }: Candidate) => [
    nameOf(of),
    percent(balancedAccuracyOf(score)),
    ...common(score),
  ];
  printRows(columns, [...sorted.slice(0, SHOWN), chosen, present].map(row));
  if (nameOf(chosen.thresholds) !== nameOf(SPEAKING_THRESHOLDS))
    console.log(
      '\nThe element has others: set SPEAKING_THRESHOLDS in elements/live-monitor/target-speaking.ts.',
    );
  return chosen.thresholds;
}

async function printTable(seen: readonly SeenCase[], of: SpeakingThresholds): Promise<void> {
  const kinds = [...new Set(seen.map(({ kind }) => kind))];
  const asked = new Set<SeenCase>();
  for (const one of seen) if (await asksIn(one.looks, of, one.similarityAt)) asked.add(one);
  const row = (name: string, cases: readonly SeenCase[]) => {
    const score = scoreOf(
      cases.map(({ looks }) => looks),
      of,
    );
    const [hits, falseAlarms, changes] = common(score);
    const [other, nobody] = [percent(shareOf(score, ['other'])), percent(shareOf(score, ['nobody']))];
    return [name, `${cases.length}`, hits, falseAlarms, other, nobody, changes, ...asks(cases, asked, of)];
  };
  const columns = [
    'kind',
    'cases',
    'hits',
    'false alarms',
    '… another speaks',
    '… nobody speaks',
    'changes a minute',
    'asks, unheard',
    'asks, heard',
    'asks, absent',
  ];
  const rows = kinds.map((kind) =>
    row(
      kind,
      seen.filter((one) => one.kind === kind),
    ),
  );
  printRows(columns, [...rows, row('all', seen)]);
}

/** In how many cases the element asks: of those in which the enrolled person goes unheard, is heard, is not there. */
function asks(cases: readonly SeenCase[], asked: ReadonlySet<SeenCase>, of: SpeakingThresholds): string[] {
  const counts = { unheard: [0, 0], heard: [0, 0], absent: [0, 0] };
  for (const one of cases) {
    const hits = hitsOf(scoreOf([one.looks], of));
    const count = counts[Number.isNaN(hits) ? 'absent' : hits < UNHEARD_HITS ? 'unheard' : 'heard'];
    count[0] += Number(asked.has(one));
    count[1]++;
  }
  return Object.values(counts).map(([some, all]) => (all === 0 ? '–' : `${some} of ${all}`));
}

function common(score: SpeakingScore): [string, string, string] {
  return [percent(hitsOf(score)), percent(falseAlarmsOf(score)), score.changesPerMinute.toFixed(0)];
}

function nameOf({ startsAboveDb, endsBelowDb, looksToEnd }: SpeakingThresholds): string {
  return `begins above ${startsAboveDb} dB, ends after ${looksToEnd} look(s) below ${endsBelowDb} dB`;
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}

function printRows(columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log([columns, columns.map(() => '---'), ...rows].map(line).join('\n'));
}
