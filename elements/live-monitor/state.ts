// What <live-monitor> shows, as plain values.
import type { Take } from '../../components/controls/take-player.ts';
import type { BackendChoice, ExtractorStats } from '../../src/index.ts';
import type { LiveStatusKind } from './judgement.ts';

export type RunState = 'stopped' | 'starting' | 'running';

export interface LevelState {
  /** dBFS; −∞ is silence. */
  readonly rmsDb: number;
  readonly peakDb: number;
}

export interface LiveState {
  readonly run: RunState;
  /** What is listened to, now or at the last start. */
  readonly input: 'microphone' | 'source';
  readonly status: LiveStatusKind;
  /** Why nothing goes through although it runs. */
  readonly interruption: string | null;
  /** Why it did not start or why it stopped. */
  readonly error: Error | null;
  readonly mixture: LevelState;
  readonly estimate: LevelState;
  /** Null where it cannot be judged. */
  readonly speaks: boolean | null;
  /** All that was said lately was taken for somebody else's, though it sounds like the voice. */
  readonly isUnheard: boolean;
  /** Of the run, or of the last one; null before the first. */
  readonly stats: ExtractorStats | null;
  readonly bypass: boolean;
  readonly limitDb: number;
  readonly listen: boolean;
  readonly recording: boolean;
  readonly take: Take | null;
  /** The microphone that was chosen; '' is the system's default. */
  readonly deviceId: string;
  readonly backend: BackendChoice;
  /** A change of the backend is under way. */
  readonly switching: boolean;
  /** Why the last change of the backend was refused. */
  readonly notSwitched: Error | null;
  /** The backend that took over by itself, and why. */
  readonly takenOver: string | null;
  /** The run needs more slack than it began with. */
  readonly latencyChange: { readonly latencyMs: number; readonly why: string } | null;
  /** The microphone that took over by itself. */
  readonly inputChange: { readonly label: string; readonly why: string } | null;
}

const SILENCE: LevelState = { rmsDb: -Infinity, peakDb: -Infinity };

/** What a run leaves behind when it ends. */
export const AT_REST = {
  run: 'stopped',
  mixture: SILENCE,
  estimate: SILENCE,
  speaks: null,
  isUnheard: false,
  interruption: null,
  inputChange: null,
  latencyChange: null,
} as const satisfies Partial<LiveState>;

export const INITIAL_LIVE_STATE: LiveState = {
  ...AT_REST,
  input: 'microphone',
  status: 'noExtractor',
  error: null,
  stats: null,
  bypass: false,
  limitDb: Infinity,
  listen: false,
  recording: false,
  take: null,
  deviceId: '',
  backend: 'auto',
  switching: false,
  notSwitched: null,
  takenOver: null,
};
