// The figures of a run: the worker's and the audio thread's as one.
import type { Transport } from './audio-graph.ts';
import type { AudioCounts } from './shared/audio-counters.ts';
import type { WorkerStats } from './shared/protocol.ts';

/** The worker's figures and the audio thread's: of the run, since its start, or of the last one; before the first, the worker's are of what was extracted. */
export interface ExtractorStats extends Omit<WorkerStats, 'nonFinite'>, Omit<AudioCounts, 'missedQuanta'> {
  /** NaN and Inf among the input's samples, taken as 0. */
  readonly nonFinite: number;
  /** `process()` calls that lacked at least one sample of the estimate. */
  readonly missedDeadlines: number;
  readonly latencyMs: number;
  readonly rateHz: number;
  readonly transport: Transport;
}

/** What the extractor knows of its path. */
export interface PathFacts {
  readonly latencyMs: number;
  readonly context: BaseAudioContext;
  readonly transport: Transport;
}

const NO_COUNTS: AudioCounts = {
  startFrame: 0,
  quanta: 0,
  missedQuanta: 0,
  missedSamples: 0,
  lateSamples: 0,
  overflowSamples: 0,
  nonFinite: 0,
};

/** `counts`: undefined where nothing ever ran. */
export function extractorStats(
  worker: WorkerStats,
  counts: AudioCounts = NO_COUNTS,
  { latencyMs, context, transport }: PathFacts,
): ExtractorStats {
  const { missedQuanta, ...rest } = counts;
  return {
    ...worker,
    ...rest,
    nonFinite: worker.nonFinite + counts.nonFinite,
    missedDeadlines: missedQuanta,
    latencyMs,
    rateHz: context.sampleRate,
    transport,
  };
}
