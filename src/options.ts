// What createExtractor takes.
import type { Transport } from './audio-graph.ts';
import type { BackendChoice, MissedPolicy, ProgressCallback } from './shared/protocol.ts';

export interface ExtractorOptions {
  /** Address of a model's folder; a string is relative to the page. By default, the model that comes with the library. */
  readonly modelUrl?: string | URL;
  /** 'auto' (the default) measures and takes the faster of WebGPU and WebAssembly. */
  readonly backend?: BackendChoice;
  /**
   * Time to compute in, part of the delay: the device's burst (a quantum at least, 2.7 ms at 48 kHz) and a step must fit. By default as much as
   * the device needs, measured at each start: 8 ms, and what its burst has beyond one quantum; and more where deadlines are missed again and
   * again while it runs, which `latencychange` tells.
   */
  readonly slackMs?: number;
  /** Of the context that the extractor makes (0: as short as the device can). */
  readonly latencyHint?: AudioContextLatencyCategory | number;
  /** Of the context that the extractor makes (the device's own rate). */
  readonly rateHz?: number;
  /** What is played where no estimate came in time ('conceal'): MISSED_POLICIES. */
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
