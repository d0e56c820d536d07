// What an extractor tells by itself.
import type { ExtractorStats } from './stats.ts';

export interface ExtractorEvents {
  /** It runs, or it does not. */
  statechange: { readonly state: 'stopped' | 'running' };
  /** Once a second while it runs. */
  stats: ExtractorStats;
  /** Estimates came too late and were replaced; at most once a second. */
  overload: OverloadEvent;
  /** Everything comes later from now on: the device or the machine needs more slack than it did at the start. Only where `slackMs` was left out. */
  latencychange: LatencyChangeEvent;
  /** Another backend computes from now on: it was asked for, or (`lost`) the one before is gone. */
  backendchange: { readonly backend: string; readonly reason: string; readonly lost: boolean };
  /** It runs, and yet nothing goes through: the browser halted the audio context or muted the input, or another microphone is being opened; and the return. */
  interruption: { readonly state: 'interrupted' | 'resumed'; readonly why: string };
  /** The extractor opened a microphone: at the start, or because the one before is gone. */
  inputchange: { readonly label: string; readonly deviceId: string; readonly why: string };
  /** It had to stop: the engine failed, the input is gone. */
  error: { readonly error: Error };
}

export interface LatencyChangeEvent {
  readonly latencySamples: number;
  readonly latencyMs: number;
  /** By how much it grew: nothing was played for so long, from this frame of the context on. */
  readonly grownSamples: number;
  readonly frame: number;
  readonly why: string;
}

export interface OverloadEvent {
  /** `process()` calls that lacked at least one sample of the estimate. */
  readonly missedDeadlines: number;
  /** How much sound was replaced. */
  readonly missedMs: number;
  /** The time in which that happened. */
  readonly inLastMs: number;
}
