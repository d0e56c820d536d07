// What <file-extractor> says, in English; a page may replace any of it.
import type { ClueEnrollerTexts } from '../enroll/clue-enroller.texts.ts';
import type { FileFacts } from './file-state.ts';

export interface FileExtractorTexts {
  readonly voiceHeading: string;
  readonly filesHeading: string;
  /** The voice cannot be changed while files are extracted. */
  readonly voiceIsBusy: string;
  readonly choose: string;
  readonly hint: string;
  readonly dropHere: string;
  readonly demo: string;
  readonly demoVoice: string;
  readonly demoFailed: string;
  readonly waitsForModel: string;
  readonly waitsForVoice: string;
  readonly files: string;
  readonly waiting: string;
  readonly reading: string;
  /** `share`: 0 … 1; `speed`: times real time, null while not known. */
  readonly progress: (share: number, speed: number | null) => string;
  readonly progressOf: (name: string) => string;
  readonly done: (speed: number | null) => string;
  readonly cancelled: string;
  readonly failed: string;
  readonly facts: (facts: FileFacts) => string;
  readonly mixedDown: (channels: number) => string;
  readonly voice: (name: string) => string;
  readonly cancel: string;
  readonly retry: string;
  readonly remove: string;
  readonly save: string;
  /** For screen readers: what a button does to which file. */
  readonly actionOn: (action: string, name: string) => string;
  readonly play: string;
  readonly pause: string;
  readonly position: string;
  readonly time: (seconds: number) => string;
  readonly heard: string;
  readonly before: string;
  readonly after: string;
  readonly waveform: (which: string) => string;
  /** For screen readers, when a file is done. */
  readonly doneMessage: (name: string) => string;
  readonly enroller: Partial<ClueEnrollerTexts>;
}

/** `1:05`, `1:00:05` */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

const times = (speed: number) => `${speed < 10 ? speed.toFixed(1) : speed.toFixed(0)} × real time`;

export const FILE_EXTRACTOR_TEXTS: FileExtractorTexts = {
  voiceHeading: 'Whose voice?',
  filesHeading: 'Which files?',
  voiceIsBusy: 'The voice can be changed when the files are done.',
  choose: 'Choose files…',
  hint: 'Or drop them here. WAV of any kind keeps its rate; what else the browser plays comes out at 48 kHz.',
  dropHere: 'Drop them here',
  demo: 'Try the demonstration',
  demoVoice: 'the demonstration’s voice',
  demoFailed: 'No demonstration.',
  waitsForModel: 'Begins when the model is here.',
  waitsForVoice: 'Begins when a voice is chosen above.',
  files: 'Files',
  waiting: 'Waiting',
  reading: 'Reading the file…',
  progress: (share, speed) =>
    [`${Math.floor(100 * share)} %`, ...(speed === null ? [] : [times(speed)])].join(' · '),
  progressOf: (name) => `Extraction of ${name}`,
  done: (speed) => (speed === null ? 'Done' : `Done at ${times(speed)}`),
  cancelled: 'Cancelled',
  failed: 'Not extracted.',
  facts: ({ seconds, rateHz }) => `${clock(seconds)} · ${rateHz / 1000} kHz`,
  mixedDown: (channels) => `${channels === 2 ? 'stereo' : `${channels} channels`}, mixed down to one channel`,
  voice: (name) => `voice: ${name}`,
  cancel: 'Cancel',
  retry: 'Try again',
  remove: 'Remove',
  save: 'Save as WAV',
  actionOn: (action, name) => `${action}: ${name}`,
  play: 'Play',
  pause: 'Pause',
  position: 'Position',
  time: clock,
  heard: 'Listen to',
  before: 'Before',
  after: 'After',
  waveform: (which) => `Waveform, ${which}`,
  doneMessage: (name) => `${name} is extracted.`,
  enroller: {},
};
