// What createExtractor takes, and what it makes of what is left out.
import type { Transport } from './audio-graph.ts';
import { QUANTUM_SAMPLES } from './shared/audio-constants.ts';
import { InputError } from './shared/errors.ts';
import type { BackendChoice, MissedPolicy, ProgressCallback } from './shared/protocol.ts';

export interface ExtractorOptions {
  /** Address of a model's folder; a string is relative to the page. By default, the model that comes with the library. */
  readonly modelUrl?: string | URL;
  /** 'auto' (the default) measures and takes the faster of WebGPU and WebAssembly. */
  readonly backend?: BackendChoice;
  /**
   * Time to compute in, part of the delay: the device's burst (a quantum at least, 2.7 ms at 48 kHz) and a step must fit. By default as much as
   * the device needs, measured at each start: 8 ms, and what its burst has beyond one quantum.
   */
  readonly slackMs?: number;
  /** Of the context that the extractor makes (0: as short as the device can). */
  readonly latencyHint?: AudioContextLatencyCategory | number;
  /** Of the context that the extractor makes (the device's own rate). */
  readonly rateHz?: number;
  /** What is played where no estimate came in time ('silence'). */
  readonly missedPolicy?: MissedPolicy;
  /** A context of the page's own, which stays open; the extractor makes and closes one where none is given. */
  readonly context?: AudioContext;
  /** How audio crosses threads; shared memory where possible by default. */
  readonly transport?: Transport;
  /** 0 … 1, share of the others that is taken away (1). */
  readonly strength?: number;
  /** Keep the model in the browser's Cache API, so that the next load needs no network (true). */
  readonly cache?: boolean;
  /** Let the voice that is followed learn from what is heard, until the run ends (true): docs/enrollment.md, "What the stream adds". */
  readonly adaptation?: boolean;
  /** Told how much of the model has come, until the extractor is there or has failed. */
  readonly onProgress?: ProgressCallback;
  /** Aborts loading. */
  readonly signal?: AbortSignal;
  /** Another worker script that serves WorkerApi. */
  readonly createWorker?: () => Worker;
}

/** For a device that takes its sound quantum by quantum: one of them, to wake up, to compute a step. */
const LEAST_SLACK_MS = 8;
/** Of a device's burst beyond one quantum; a longer one is a halt of the machine. */
const LONGEST_BURST_MS = 60;
/** Nobody means a slack beyond this, not even on a machine that computes slower than sound comes in; the audio thread keeps as much of the mixture. */
export const MAX_SLACK_MS = 60_000;

/** The slack at a context's rate. `burst`: quanta that its device takes at once. Throws InputError where it cannot be used. */
export function slackSamples({ slackMs }: ExtractorOptions, rateHz: number, burst = 1): number {
  if (slackMs === undefined) {
    const burstMs = Math.min(LONGEST_BURST_MS, (1000 * (burst - 1) * QUANTUM_SAMPLES) / rateHz);
    return Math.round(((LEAST_SLACK_MS + burstMs) / 1000) * rateHz);
  }
  if (slackMs >= 0 && slackMs <= MAX_SLACK_MS) return Math.round((slackMs / 1000) * rateHz);
  throw new InputError('slack cannot be used', {
    where: 'slackMs',
    expected: `a number from 0 to ${MAX_SLACK_MS}`,
    got: String(slackMs),
  });
}
