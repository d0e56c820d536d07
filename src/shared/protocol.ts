// What the threads tell each other: page ↔ worker by Comlink, page ↔ audio thread by messages. Audio goes by the rings, never here.
import type { BackendName } from './backend.ts';
import type { LiveTimes, TimeSummary } from './latency-times.ts';
import type { BlockPort } from './port-ring.ts';

/** What may be asked for; `auto` measures WebGPU and WebAssembly and takes the faster. */
export const BACKEND_CHOICES = ['auto', 'webgpu', 'wasm', 'reference'] as const satisfies readonly (
  BackendName | 'auto'
)[];

export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/**
 * What is played where no estimate came in time. conceal: the mixture, by the share of it that passed just before, for up to 90 ms, then
 * silence. silence, mixture: that.
 */
export const MISSED_POLICIES = ['conceal', 'silence', 'mixture'] as const;

export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** The way of the audio between audio thread and worker. `capacity` in samples, either way. */
export type AudioLink =
  | { readonly kind: 'ring'; readonly capture: SharedArrayBuffer; readonly playback: SharedArrayBuffer }
  | { readonly kind: 'port'; readonly port: BlockPort; readonly capacity: number };

/** Address of a model's folder; or, of a model that comes with the library, the text of its config.json and the address of its weights. */
export type ModelAddress = string | { readonly config: string; readonly weightsUrl: string };

export interface LoadOptions {
  /** Keep the model in the browser's Cache API, and take it from there. */
  readonly cache: boolean;
  /** Let the clue follow what the stream holds (docs/enrollment.md, "What the stream adds"). */
  readonly adaptation: boolean;
}

export interface LoadReport {
  readonly model: string;
  /** Hex digest of the model's clue encoder: only clues that it made are of use. */
  readonly clueEncoder: string;
  readonly backend: BackendName;
  /** For people: why this backend runs, and on what. */
  readonly reason: string;
  /** What 'auto' measured; null where nothing was tried. */
  readonly trial: TrialReport | null;
  readonly origin: ModelOrigin;
}

/** The paced trial of 'auto': one hop every 8 ms, both backends on the same noise. */
export interface TrialReport {
  /** Null where it could not run. */
  readonly wasm: StepTimes | null;
  /** Null where it could not run. */
  readonly webgpu: StepTimes | null;
  /** Measured on an earlier visit, with the same browser, adapter and model. */
  readonly kept: boolean;
}

/** Where the model came from. */
export interface ModelOrigin {
  readonly weights: 'network' | 'cache';
  /** The server could not be asked whether there is a newer model; the one that was kept is used. */
  readonly offline: boolean;
  /** Why the model is not kept for the next visit; null where it is. */
  readonly cacheProblem: string | null;
}

/** Bytes; the total is known from the first report on. */
export type ProgressCallback = (loadedBytes: number, totalBytes: number) => void;

/** The share of a recording that is done, 0 … 1. */
export type ShareCallback = (share: number) => void;

export interface EnrollmentReport {
  readonly durationS: number;
  readonly voicedS: number;
  /** Of the voiced part. */
  readonly levelDbfs: number;
  /** Voice against the background, dB; 60 at most. */
  readonly snrDb: number;
  readonly clippedShare: number;
}

/** What a clue encoder made of a voice. */
export interface Clue {
  /** [256], unit length. */
  readonly embedding: Float32Array;
  /** Hex digest of the clue encoder that made it; null where that is not known. */
  readonly clueEncoder: string | null;
}

export interface Enrollment extends Clue {
  readonly clueEncoder: string;
  readonly report: EnrollmentReport;
}

/** Of the newest steps, milliseconds from the hop's start to its estimate; null before the first. */
export type StepTimes = TimeSummary;

export interface WorkerStats {
  readonly backend: BackendName;
  readonly reason: string;
  /** Hops that the engine ran since the stream began. */
  readonly hops: number;
  /** Hops that it left out because their estimates would have come too late. */
  readonly skippedHops: number;
  /** Estimate samples that found no room on the way back. */
  readonly droppedSamples: number;
  /** The mixture's samples that are NaN, infinite or beyond any sound (2¹⁶), taken as 0. */
  readonly nonFinite: number;
  /** How often the engine got over a spoilt state or a lost device. */
  readonly recoveries: number;
  readonly step: StepTimes | null;
  readonly times: LiveTimes;
}

export type WorkerEvent =
  | {
      readonly type: 'backendchange';
      readonly backend: BackendName;
      readonly reason: string;
      /** The backend before was lost; otherwise `setBackend` was called. */
      readonly lost: boolean;
    }
  | { readonly type: 'failed'; readonly error: unknown };

export interface ExtractionRequest {
  /** The caller's, for `cancelExtract`. */
  readonly id: number;
  /** Whether the recording's beginning is heard before it is extracted. */
  readonly hearFirst: boolean;
}

/** The worker, as seen from the page. Every method rejects with a named error of errors.ts. */
export interface WorkerApi {
  /** Loads and checks the model and builds the backend. Once. */
  load(
    model: ModelAddress,
    backend: BackendChoice,
    options: LoadOptions,
    onProgress?: ProgressCallback,
  ): Promise<LoadReport>;
  /** Another backend, with the clue and all that was heard so far; a stream that runs goes on unheard. On failure all stays as it is. */
  setBackend(choice: BackendChoice): Promise<LoadReport>;
  /** Checks a recording and makes a clue of it; the clue in use stays until `setClue`. Any rate; one channel. */
  enroll(samples: Float32Array, rateHz: number): Promise<Enrollment>;
  /** `embedding` [256], unit length. Takes effect at the next hop. */
  setClue(embedding: Float32Array): Promise<void>;
  /** Until another is set, nothing live and no extraction begins; what runs goes on. */
  forgetClue(): Promise<void>;
  /** Cosine between the clue in use and one made of the newest 5 s that the engine heard; null where it heard less, or only zeros. */
  speakerSimilarity(): Promise<number | null>;
  /** Starts the live stream: hops run as the link brings samples. Rejects with AbortError where `detach` comes before. */
  attach(link: AudioLink, rateHz: number, slackSamples: number): Promise<void>;
  /** More slack for the stream that runs, before the audio thread plays so much later; nothing happens where none runs. */
  growSlack(slackSamples: number): Promise<void>;
  /** Ends the live stream, also while it is being started; nothing happens where none runs. */
  detach(): Promise<void>;
  /** Forgets what was heard so far; the stream goes on. */
  reset(): Promise<void>;
  stats(): Promise<WorkerStats>;
  /**
   * A whole recording: its estimate, of the same length and aligned. Not while the live stream runs.
   * Rejects with AbortError after `cancelExtract`.
   */
  extract(
    request: ExtractionRequest,
    samples: Float32Array,
    rateHz: number,
    onProgress?: ShareCallback,
  ): Promise<Float32Array>;
  /** Ends this extraction; nothing happens where it does not run. Resolves when the engine is free. */
  cancelExtract(id: number): Promise<void>;
  /** Told of what happens by itself. One listener. */
  listen(onEvent: (event: WorkerEvent) => void): Promise<void>;
  /** Frees everything. */
  dispose(): Promise<void>;
}

/** Handed to the processor's constructor. */
export interface ProcessorOptions {
  /** Position n is played at time n + delaySamples. */
  readonly delaySamples: number;
  readonly missedPolicy: MissedPolicy;
  readonly bypass: boolean;
  /** 0 … 1: played = estimate + (1 − strength)·(mixture − estimate). */
  readonly strength: number;
  /** Where memory is shared: the counters and the link. Where not: the processor counts in its own, the link comes by message. */
  readonly counters?: SharedArrayBuffer;
  readonly link?: AudioLink;
}

export type ToProcessor =
  | { readonly type: 'link'; readonly port: BlockPort; readonly capacity: number }
  /** Input and output are connected. What came before belongs to no run. */
  | { readonly type: 'begin' }
  | { readonly type: 'bypass'; readonly value: boolean }
  | { readonly type: 'strength'; readonly value: number }
  | { readonly type: 'missedPolicy'; readonly value: MissedPolicy }
  /** Position n is played at time n + value, once what is played has faded out. A shorter delay changes nothing. */
  | { readonly type: 'growDelay'; readonly value: number }
  | { readonly type: 'counters' }
  | { readonly type: 'stop' };

export type FromProcessor =
  /** The answer to 'counters' and to 'stop': a copy. */
  | { readonly type: 'counters'; readonly buffer: ArrayBufferLike; readonly isLast: boolean }
  /** The answer to 'growDelay': the context's frame from which on nothing is played for as long as the delay grows. */
  | { readonly type: 'grown'; readonly frame: number };

export const PROCESSOR_NAME = 'crossmamba-processor';
