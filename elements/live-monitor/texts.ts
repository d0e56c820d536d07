// What <live-monitor> says, in English; a page may replace any of it.
import { TAKE_TEXTS } from '../../components/controls/take-player.ts';
import type { TakeTexts } from '../../components/controls/take-player.ts';
import type { LiveStatusKind } from './judgement.ts';

type StatusTexts = {
  readonly [Kind in Exclude<LiveStatusKind, 'on' | 'weak' | 'interrupted'> as `${Kind}Status`]: string;
};

export interface LiveMonitorTexts extends StatusTexts {
  /** `voice`: whose; null where no name is known. */
  readonly onStatus: (voice: string | null) => string;
  /** The limit itself is beside the slider. */
  readonly weakStatus: (voice: string | null) => string;
  readonly interruptedStatus: (why: string) => string;
  readonly start: string;
  readonly starting: string;
  /** Of the button, where starting takes long. */
  readonly cancelStart: string;
  readonly stop: string;
  readonly resume: string;
  readonly notRunning: string;
  readonly goodToKnow: string;
  readonly microphone: string;
  /** While something else is listened to. */
  readonly microphoneHint: string;
  readonly defaultMicrophone: string;
  readonly unnamedMicrophone: (number: number) => string;
  readonly inputChanged: (label: string, why: string) => string;
  readonly latencyChanged: (latencyMs: number, why: string) => string;
  readonly mixture: string;
  readonly estimate: string;
  readonly mixtureSpectrogram: string;
  readonly estimateSpectrogram: string;
  readonly mixtureLevel: string;
  readonly estimateLevel: string;
  readonly silent: string;
  readonly clipped: string;
  readonly speaking: string;
  readonly notSpeaking: string;
  readonly unheard: string;
  /** What to do. `voice`: whose; null where no name is known. */
  readonly unheardAdvice: (voice: string | null) => string;
  readonly addTake: string;
  /** How it is judged, for who asks. */
  readonly speakingHint: string;
  readonly strength: string;
  /** `limitDb`: 0 … Infinity. */
  readonly limit: (limitDb: number) => string;
  readonly bypass: string;
  readonly bypassHint: string;
  readonly listen: string;
  readonly listenHint: string;
  readonly howlHint: string;
  readonly record: string;
  readonly recordHint: string;
  readonly details: string;
  readonly delay: string;
  readonly delayNote: (rateHz: number) => string;
  readonly load: string;
  readonly loadNote: (p99Ms: number, hopMs: number) => string;
  readonly missed: string;
  readonly missedNote: (missedMs: number, deadlines: number) => string;
  readonly lost: string;
  readonly lostNote: string;
  readonly hops: string;
  readonly hopsNote: (skippedHops: number) => string;
  readonly backend: string;
  readonly backendNames: Readonly<Record<string, string>>;
  readonly backendChanged: (reason: string) => string;
  readonly auto: (backend: string) => string;
  readonly switching: string;
  readonly notSwitched: string;
  readonly recording: string;
  readonly take: TakeTexts;
}

const count = (value: number) => value.toLocaleString('en');

export const LIVE_MONITOR_TEXTS: LiveMonitorTexts = {
  noExtractorStatus: 'The model is not loaded yet.',
  noVoiceStatus: 'Off. Enroll a voice first.',
  offStatus: 'Off.',
  startingStatus: 'Starting. If the browser asks, allow the microphone.',
  pausedStatus: 'Paused by the browser: nothing is extracted now.',
  stalledStatus: 'Not extracting: the engine does not answer.',
  lateStatus: 'This machine does not keep up: parts are missing. Close other programs.',
  silentStatus: 'Nothing comes in: the input is muted or silent.',
  bypassedStatus: 'Bypassed: everything passes.',
  onStatus: (voice) => `On: only ${voice ?? 'the enrolled voice'} passes.`,
  weakStatus: (voice) => `On: ${voice ?? 'the enrolled voice'} passes, the others are quieter.`,
  interruptedStatus: (why) => `Interrupted: ${why}`,
  start: 'Start',
  starting: 'Starting…',
  cancelStart: 'Cancel',
  stop: 'Stop',
  resume: 'Resume',
  notRunning: 'Not running.',
  goodToKnow: 'Good to know.',
  microphone: 'Microphone',
  microphoneHint: 'From the next start with a microphone',
  defaultMicrophone: 'Default of the system',
  unnamedMicrophone: (number) => `Microphone ${number}`,
  inputChanged: (label, why) => `The microphone is now “${label}”: ${why}`,
  latencyChanged: (latencyMs, why) =>
    `Parts were missing, so the delay is ${latencyMs.toFixed(1)} ms from now on: ${why}.`,
  mixture: 'In',
  estimate: 'Out',
  mixtureSpectrogram: 'Spectrogram of what goes in, the newest 8 seconds',
  estimateSpectrogram: 'Spectrogram of what comes out, the newest 8 seconds',
  mixtureLevel: 'Level in',
  estimateLevel: 'Level out',
  silent: 'silent',
  clipped: 'clipped',
  speaking: 'The voice speaks',
  notSpeaking: 'The voice is silent',
  unheard: 'Nothing of this speech passes.',
  unheardAdvice: (voice) =>
    `It is taken for somebody else's, yet sounds like ${voice ?? 'the enrolled voice'}. If that is who speaks, add a recording of how it sounds now, or take less of the others away.`,
  addTake: 'Add a recording',
  speakingHint:
    'Judged by levels: little is taken away while the enrolled voice speaks, nearly everything while it does not.',
  strength: 'Take the others away',
  limit: (limitDb) =>
    limitDb === Infinity
      ? 'others removed'
      : limitDb === 0
        ? 'nothing is taken away'
        : `others ${limitDb} dB quieter`,
  bypass: 'Bypass',
  bypassHint: 'Let everything pass, equally late',
  listen: 'Listen',
  listenHint: 'Play what comes out',
  howlHint: 'Play what comes out. Headphones only: loudspeakers near a microphone howl',
  record: 'Record',
  recordHint: 'Keep what goes in and what comes out, in this page',
  details: 'Figures',
  delay: 'Delay added',
  delayNote: (rateHz) => `at ${rateHz / 1000} kHz`,
  load: 'Load',
  loadNote: (p99Ms, hopMs) => `99 % of the steps within ${p99Ms.toFixed(1)} of ${hopMs} ms`,
  missed: 'Deadlines missed',
  missedNote: (missedMs, deadlines) => `of ${count(deadlines)}; ${count(Math.round(missedMs))} ms replaced`,
  lost: 'Input lost',
  lostNote: 'samples dropped or invalid',
  hops: 'Steps',
  hopsNote: (skippedHops) => (skippedHops === 0 ? 'none left out' : `${count(skippedHops)} left out`),
  backend: 'Computed by',
  backendNames: { webgpu: 'WebGPU', wasm: 'WebAssembly', reference: 'JavaScript' },
  backendChanged: (reason) => `Another backend computes from now on: ${reason}`,
  auto: (backend) => (backend === '' ? 'Automatic' : `Automatic (${backend})`),
  switching: 'Switching…',
  notSwitched: 'Not switched.',
  recording: 'Recording',
  take: TAKE_TEXTS,
};
