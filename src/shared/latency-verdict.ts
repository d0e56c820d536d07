// What the figures of a latency test mean: findings without words (an element's texts put them into sentences), the worst first.
import type { LatencyReport, LiveReport, LoopRefusal, LoopReport, NodeDelay } from './latency-report.ts';

export type FindingLevel = 'bad' | 'note' | 'good';
/** What a deadline's slack goes to. */
export type SlackPart = 'burst' | 'wake' | 'resample' | 'compute' | 'readback';

export type Finding = { readonly level: FindingLevel } & (
  | { readonly about: 'node'; readonly measuredMs: number; readonly offSamples: number }
  | { readonly about: 'node-unclear' }
  | {
      readonly about: 'misses';
      readonly missedDeadlines: number;
      readonly missedMs: number;
      readonly seconds: number;
      readonly largest: SlackPart;
      /** A slack that would have been enough, as far as was seen. */
      readonly slackMs: number;
    }
  | {
      readonly about: 'reserve';
      readonly slackMs: number;
      readonly usedMs: number;
      readonly largest: SlackPart;
      readonly largestMs: number;
      /** A smaller slack that should do; null where there is none. */
      readonly smallerSlackMs: number | null;
    }
  | { readonly about: 'messages' }
  | {
      readonly about: 'loop';
      readonly loopMs: number;
      readonly addedMs: number | null;
      /** What the browser's own figures leave unexplained; null where it gives none. */
      readonly unexplainedMs: number | null;
    }
  | { readonly about: 'loop-varies'; readonly betweenMs: number; readonly withinMs: number }
  | { readonly about: 'loop-refused'; readonly why: LoopRefusal }
);

/** Quantum and device leave no less than this; a hop's slack is known to a quantum only. */
const SLACK_STEP_MS = 1;
const SLACK_SPARE_MS = 2;
/** A loop that differs by more from one opening to the next is worth telling. */
const VARIES_MS = 5;
const ORDER: Readonly<Record<FindingLevel, number>> = { bad: 0, note: 1, good: 2 };

/** Empty where nothing was measured. */
export function findings(report: Pick<LatencyReport, 'extractor' | 'live' | 'node' | 'loop'>): Finding[] {
  const { extractor, live, node, loop } = report;
  const all: Finding[] = [];
  if (node !== null) all.push(aboutNode(node));
  if (live !== null && live.hops > 0) {
    if (live.missedDeadlines > 0 || live.skippedHops > 0) all.push(aboutMisses(live));
    else if (extractor !== null) all.push(...aboutReserve(live, extractor.slackMs));
    if (extractor?.transport === 'port') all.push({ level: 'note', about: 'messages' });
  }
  if (loop !== null) all.push(...aboutLoop(loop, node, extractor?.promisedMs ?? null));
  return all.sort((a, b) => ORDER[a.level] - ORDER[b.level]);
}

/** Milliseconds of each part, 99 %; what the parts of the worker do not explain is the device's bursts and the wait for a quantum. */
export function slackParts({ times }: LiveReport): Readonly<Record<SlackPart, number>> {
  const p99 = (part: keyof LiveReport['times']) => times[part]?.p99 ?? 0;
  return {
    wake: p99('wake'),
    resample: p99('resample'),
    compute: Math.max(0, p99('step') - p99('readback')),
    readback: p99('readback'),
    burst: Math.max(0, p99('slackUsed') - p99('wake') - p99('hop')),
  };
}

const ALL_PARTS: readonly SlackPart[] = ['burst', 'wake', 'resample', 'compute', 'readback'];

function largestPart(live: LiveReport, among = ALL_PARTS): { largest: SlackPart; largestMs: number } {
  const parts = slackParts(live);
  const largest = among.reduce((most, part) => (parts[part] > parts[most] ? part : most));
  return { largest, largestMs: parts[largest] };
}

function aboutNode({ rateHz, promisedSamples, measuredSamples, repeats }: NodeDelay): Finding {
  if (measuredSamples.length < repeats) return { level: 'bad', about: 'node-unclear' };
  // The furthest from what was promised.
  const off = measuredSamples
    .map((measured) => measured - promisedSamples)
    .reduce((worst, one) => (Math.abs(one) > Math.abs(worst) ? one : worst), 0);
  const measuredMs = (1000 * (promisedSamples + off)) / rateHz;
  return { level: off === 0 ? 'good' : 'bad', about: 'node', measuredMs, offSamples: off };
}

/** What most of the late hops were late for; the largest part of all hops where it is not known. */
function lateBecauseOf(live: LiveReport): SlackPart {
  const { wake, hop, device } = live.late;
  const most = Math.max(wake, hop, device);
  if (most === 0) return largestPart(live).largest;
  if (wake === most) return 'wake';
  return device === most ? 'burst' : largestPart(live, ['resample', 'compute', 'readback']).largest;
}

function aboutMisses(live: LiveReport): Finding {
  const { missedDeadlines, missedMs, seconds, times } = live;
  const needed = (times.slackUsed?.max ?? 0) + SLACK_SPARE_MS;
  return {
    ...{ level: 'bad', about: 'misses', missedDeadlines, missedMs, seconds },
    largest: lateBecauseOf(live),
    slackMs: SLACK_STEP_MS * Math.ceil(needed / SLACK_STEP_MS),
  };
}

function aboutReserve(live: LiveReport, slackMs: number): Finding[] {
  const used = live.times.slackUsed;
  if (used === null) return [];
  const smaller = Math.ceil(used.max + SLACK_SPARE_MS);
  return [
    {
      ...{ level: 'good', about: 'reserve', slackMs, usedMs: used.p99, ...largestPart(live) },
      smallerSlackMs: smaller < slackMs ? smaller : null,
    },
  ];
}

function aboutLoop(loop: LoopReport, node: NodeDelay | null, promisedMs: number | null): Finding[] {
  if (loop.delayMs === null) return [{ level: 'bad', about: 'loop-refused', why: loop.refused ?? 'unclear' }];
  const { p50, betweenOpenings, withinOpening } = loop.delayMs;
  const { baseLatencyMs, outputLatencyMs, microphoneLatencyMs } = loop.claims;
  // The output's latency includes the base latency where it is told.
  const output = outputLatencyMs || baseLatencyMs;
  const unexplainedMs = output === null ? null : p50 - output - (microphoneLatencyMs ?? 0);
  const measured = node?.measuredSamples.at(0);
  const addedMs = node !== null && measured !== undefined ? (1000 * measured) / node.rateHz : promisedMs;
  const all: Finding[] = [{ level: 'note', about: 'loop', loopMs: p50, addedMs, unexplainedMs }];
  if (betweenOpenings > VARIES_MS)
    all.push({
      level: 'note',
      about: 'loop-varies',
      betweenMs: betweenOpenings,
      withinMs: withinOpening,
    });
  return all;
}
