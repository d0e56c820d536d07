// What a latency test found, as it is shown and exported: one object, plain JSON, versioned.
import type { LateHops, LiveTimes, TimeSummary } from './latency-times.ts';

/** The delay that the extractor adds, by cross-correlation inside the graph. */
export interface NodeDelay {
  readonly rateHz: number;
  /** By the first start. */
  readonly promisedSamples: number;
  readonly repeats: number;
  /** One a repetition whose peak was clear; where a start promised another delay than the first, as far off as that start's was. */
  readonly measuredSamples: readonly number[];
  /** The least sure repetition's. */
  readonly peakToSecond: number;
}

/** Why a repetition of the loop does not count. */
export type LoopRefusal = 'silent' | 'clipped' | 'unclear';

/** The sequence once from the loudspeaker to the microphone. */
export interface LoopTake {
  /** Which opening of context and microphone. */
  readonly opening: number;
  /** Of the best guess, also where it is refused. */
  readonly delayMs: number;
  readonly peakToSecond: number;
  readonly peakToNoise: number;
  /** Null: it counts. */
  readonly refused: LoopRefusal | null;
}

/** What the browser says of itself, milliseconds; null where it says nothing. */
export interface Claims {
  readonly rateHz: number;
  readonly baseLatencyMs: number | null;
  readonly outputLatencyMs: number | null;
  readonly microphoneLatencyMs: number | null;
}

export interface LoopReport {
  readonly takes: readonly LoopTake[];
  readonly openings: number;
  /** Of the takes that count; null where too few do. */
  readonly delayMs: LoopSpread | null;
  /** Why there is no delay: what most of the refused takes suffered from. */
  readonly refused: LoopRefusal | null;
  /** Of the newest opening. */
  readonly claims: Claims;
}

export interface LoopSpread {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly max: number;
  /** The largest spread within one opening: what moves while it runs. */
  readonly withinOpening: number;
  /** Between the medians of the openings: what each start decides anew. */
  readonly betweenOpenings: number;
}

export interface LiveReport {
  readonly seconds: number;
  readonly hops: number;
  readonly skippedHops: number;
  readonly missedDeadlines: number;
  readonly missedMs: number;
  readonly times: Readonly<Record<TimedPart, TimeSummary | null>>;
  readonly late: LateHops;
  readonly hopHistogram: { readonly binMs: number; readonly counts: readonly number[] };
}

export const TIMED_PARTS = ['wake', 'resample', 'step', 'readback', 'hop', 'slackUsed'] as const;
export type TimedPart = (typeof TIMED_PARTS)[number];

export interface ExtractorReport {
  readonly model: string;
  readonly backend: string;
  readonly reason: string;
  readonly transport: string;
  readonly slackMs: number;
  readonly promisedMs: number;
}

export const LATENCY_REPORT_FORMAT = 'crossmamba-latency';
export const LATENCY_REPORT_VERSION = 1;

export interface LatencyReport {
  readonly format: typeof LATENCY_REPORT_FORMAT;
  readonly version: typeof LATENCY_REPORT_VERSION;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly userAgent: string;
  readonly cores: number;
  readonly crossOriginIsolated: boolean;
  readonly extractor: ExtractorReport | null;
  readonly live: LiveReport | null;
  readonly node: NodeDelay | null;
  readonly loop: LoopReport | null;
  /** Sentences. */
  readonly verdict: readonly string[];
}

/** The figures of a run; `seconds` since it began. */
export function liveReport(stats: {
  readonly times: LiveTimes;
  readonly hops: number;
  readonly skippedHops: number;
  readonly missedDeadlines: number;
  readonly missedSamples: number;
  readonly rateHz: number;
  readonly quanta: number;
}): LiveReport {
  const { times, rateHz } = stats;
  return {
    seconds: (128 * stats.quanta) / rateHz,
    hops: stats.hops,
    skippedHops: stats.skippedHops,
    missedDeadlines: stats.missedDeadlines,
    missedMs: (1000 * stats.missedSamples) / rateHz,
    times: {
      wake: times.wake,
      resample: times.resample,
      step: times.step,
      readback: times.readback,
      hop: times.hop,
      slackUsed: times.slackUsed,
    },
    late: times.late,
    hopHistogram: { binMs: times.histogram.binMs, counts: [...times.histogram.counts] },
  };
}
