// From the microphone's recording of a known sequence to a delay, or to a reason why there is none.
import type { Claims, LoopRefusal, LoopReport, LoopSpread, LoopTake } from './latency-report.ts';
import { crossCorrelation, findArrival } from './latency-correlation.ts';

/** Below it a microphone is muted: an open one hears the room. */
const SILENT_PEAK = 1e-4;
const CLIPPED_PEAK = 0.99;
/** So many takes must count, else nothing is said: a delay that is heard now and then only may be another sound. */
const LEAST_SHARE = 0.6;

/** `played` and `heard` [samples] are of the same time; the delay is that of the sequence in the one against the other. */
export function judgeTake(
  played: Float32Array,
  heard: Float32Array,
  sequence: Float32Array,
  rateHz: number,
  opening: number,
): LoopTake {
  const from = findArrival(crossCorrelation(played, sequence), rateHz);
  const to = findArrival(crossCorrelation(heard, sequence), rateHz);
  const { peakToSecond, peakToNoise, clear } = to;
  const delayMs = (1000 * (to.lagSamples - from.lagSamples)) / rateHz;
  const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const plausible = clear && from.clear && delayMs >= 0;
  let refused: LoopRefusal | null = null;
  if (peak < SILENT_PEAK) refused = 'silent';
  else if (!plausible) refused = peak >= CLIPPED_PEAK ? 'clipped' : 'unclear';
  return { opening, delayMs, peakToSecond, peakToNoise, refused };
}

export function summariseLoop(takes: readonly LoopTake[], claims: Claims): LoopReport {
  const good = takes.filter(({ refused }) => refused === null);
  const enough = takes.length > 0 && good.length >= LEAST_SHARE * takes.length;
  const openings = new Set(takes.map(({ opening }) => opening)).size;
  return {
    takes,
    openings,
    delayMs: enough ? spread(good) : null,
    refused: enough ? null : commonest(takes),
    claims,
  };
}

function spread(takes: readonly LoopTake[]): LoopSpread {
  const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
  const median = (values: readonly number[]) => ascending(values)[(values.length - 1) >> 1];
  const range = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  const delays = ascending(takes.map(({ delayMs }) => delayMs));
  const openings = [...new Set(takes.map(({ opening }) => opening))].map((one) =>
    takes.filter(({ opening }) => opening === one).map(({ delayMs }) => delayMs),
  );
  return {
    n: delays.length,
    min: delays[0],
    p50: median(delays),
    max: delays.at(-1)!,
    withinOpening: Math.max(...openings.map(range)),
    betweenOpenings: range(openings.map(median)),
  };
}

function commonest(takes: readonly LoopTake[]): LoopRefusal {
  const counts = { silent: 0, clipped: 0, unclear: 0 };
  for (const { refused } of takes) if (refused !== null) counts[refused]++;
  const reasons = Object.keys(counts) as LoopRefusal[];
  return reasons.reduce((most, reason) => (counts[reason] > counts[most] ? reason : most), 'unclear');
}
