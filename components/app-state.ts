// What the page shows, as plain values: the page's controller writes it, the elements read it.

export type Source = 'microphone' | 'demo';

export interface ModelState {
  readonly phase: 'loading' | 'ready' | 'failed';
  /** 0…1; null while the length is not known. */
  readonly progress: number | null;
  /** Set when `phase` is 'failed'. */
  readonly error: string | null;
}

export interface EnrollmentState {
  readonly phase: 'none' | 'recording' | 'checking' | 'enrolled';
  /** Seconds recorded so far, or of the enrollment that was taken. */
  readonly seconds: number;
  /** How much of the enrollment is voice. */
  readonly voicedSeconds: number;
  /** Level of the microphone while it records; −∞ dBFS is silence. */
  readonly levelDb: number;
  /** Whose voice this is: a file's name, 'Your microphone', 'The demonstration'. */
  readonly label: string;
  readonly error: string | null;
}

export interface LevelState {
  readonly rmsDb: number;
  readonly peakDb: number;
}

export interface StatsState {
  /** 'webgpu', 'wasm' or 'reference'; empty until the model is loaded. */
  readonly backend: string;
  /** Why this backend was taken, or the adapter's name. */
  readonly backendReason: string;
  /** The path's constant delay; null while stopped. */
  readonly latencyMs: number | null;
  readonly slackMs: number;
  readonly contextRateHz: number | null;
  readonly stepP50Ms: number | null;
  readonly stepP99Ms: number | null;
  /** Hops computed since the start. */
  readonly hops: number;
  /** Hops that were not computed because their estimates would have come too late. */
  readonly skippedHops: number;
  /** Quanta that lacked at least one sample of the estimate. */
  readonly missedDeadlines: number;
  /** Samples for which no estimate was there in time. */
  readonly missedSamples: number;
  readonly droppedSamples: number;
  readonly nonFiniteSamples: number;
}

export interface Take {
  readonly inputUrl: string;
  readonly outputUrl: string;
  readonly seconds: number;
  readonly rateHz: number;
  /** Delay that was taken off the output, so that both files align. */
  readonly latencySamples: number;
  /** Where in the files the run began; negative where it had begun before the recording did. */
  readonly runStart: number;
  /** Samples that the recording lacks because the page was too busy to take them. */
  readonly lostSamples: number;
}

export interface AppState {
  readonly model: ModelState;
  readonly enrollment: EnrollmentState;
  readonly source: Source;
  readonly run: 'stopped' | 'starting' | 'running';
  /** It runs, but a good part of the output is missing for lack of time. */
  readonly late: boolean;
  /** Why it did not start or why it stopped. */
  readonly runError: string | null;
  /** Worth knowing, nothing is broken: WebGPU is missing and the slower backend runs. */
  readonly notices: readonly string[];
  readonly bypass: boolean;
  readonly monitor: boolean;
  readonly recording: boolean;
  readonly take: Take | null;
  readonly input: LevelState;
  readonly output: LevelState;
  readonly stats: StatsState;
}

export const SILENCE: LevelState = { rmsDb: -Infinity, peakDb: -Infinity };

export const NO_STATS: StatsState = {
  backend: '',
  backendReason: '',
  latencyMs: null,
  slackMs: 0,
  contextRateHz: null,
  stepP50Ms: null,
  stepP99Ms: null,
  hops: 0,
  skippedHops: 0,
  missedDeadlines: 0,
  missedSamples: 0,
  droppedSamples: 0,
  nonFiniteSamples: 0,
};

export const NO_ENROLLMENT: EnrollmentState = {
  phase: 'none',
  seconds: 0,
  voicedSeconds: 0,
  levelDb: -Infinity,
  label: '',
  error: null,
};

export const INITIAL_STATE: AppState = {
  model: { phase: 'loading', progress: null, error: null },
  enrollment: NO_ENROLLMENT,
  source: 'microphone',
  run: 'stopped',
  late: false,
  runError: null,
  notices: [],
  bypass: false,
  monitor: false,
  recording: false,
  take: null,
  input: SILENCE,
  output: SILENCE,
  stats: NO_STATS,
};
