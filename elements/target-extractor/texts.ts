// What <target-extractor> says itself, in English; a page may replace any of it, and through it the texts of the elements inside.
import type { ClueEnrollerTexts } from '../../components/enroll/clue-enroller.texts.ts';
import type { LiveMonitorTexts } from '../live-monitor/texts.ts';

export interface TargetExtractorTexts {
  readonly loading: (share: number | null) => string;
  readonly loadingFailed: string;
  readonly engineLost: string;
  readonly tryAgain: string;
  readonly goodToKnow: string;
  readonly otherBackend: (why: string) => string;
  readonly slowBackend: (why: string) => string;
  readonly enrollHeading: string;
  readonly liveHeading: string;
  readonly demoHeading: string;
  readonly demoText: string;
  readonly demoPlay: string;
  readonly demoWaits: string;
  readonly demoVoice: string;
  readonly demoFailed: string;
  readonly enroller: Partial<ClueEnrollerTexts>;
  readonly monitor: Partial<LiveMonitorTexts>;
}

export const TARGET_EXTRACTOR_TEXTS: TargetExtractorTexts = {
  loading: (share) =>
    share === null ? 'Loading the model…' : `Loading the model: ${Math.round(100 * share)} %`,
  loadingFailed: 'The model could not be loaded.',
  engineLost: 'The engine stopped working.',
  tryAgain: 'Try again',
  goodToKnow: 'Good to know.',
  otherBackend: (why) => `${why} Another backend computes instead.`,
  slowBackend: (why) => `Computing in plain JavaScript, the slowest way: ${why}`,
  enrollHeading: 'Whose voice?',
  liveHeading: 'Live',
  demoHeading: 'No microphone at hand?',
  demoText: 'Two synthetic voices talk over each other. Hear one of them alone.',
  demoPlay: 'Play the demonstration',
  demoWaits: 'Starts when the model is here',
  demoVoice: 'the demonstration’s voice',
  demoFailed: 'No demonstration.',
  enroller: {},
  monitor: {},
};
