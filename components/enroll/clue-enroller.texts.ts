// What <clue-enroller> says, in English; a page may replace any of it.
import type { EnrollmentDoubt, EnrollmentGuidance } from '../../src/shared/enrollment.ts';

export type Doubt = EnrollmentDoubt | 'more-than-one-voice' | 'another-voice';

export interface ClueEnrollerTexts {
  readonly record: string;
  readonly recordAnother: string;
  readonly useFile: string;
  readonly importClue: string;
  readonly hint: string;
  readonly addTo: (name: string) => string;
  readonly recordTake: string;
  readonly addHint: string;
  readonly takesSoFar: (takes: number) => string;
  readonly forgetTake: string;
  readonly dropHere: string;
  readonly opening: string;
  readonly recording: string;
  /** `share`: 0…1 of the voice that is wanted. */
  readonly percentage: (share: number) => string;
  readonly progress: string;
  readonly level: string;
  readonly silent: string;
  readonly clipped: string;
  readonly guidance: Readonly<Record<EnrollmentGuidance, string>>;
  /** `why`: as the library says it, in English. */
  readonly interrupted: (why: string) => string;
  readonly readAloud: string;
  readonly passage: string;
  readonly finish: string;
  readonly cancel: string;
  readonly waiting: string;
  readonly checking: string;
  readonly notEnrolled: string;
  readonly failed: string;
  readonly good: string;
  readonly doubtful: string;
  readonly doubts: Readonly<Record<Doubt, string>>;
  readonly figures: (voicedS: number, durationS: number, snrDb: number) => string;
  readonly listen: string;
  readonly name: string;
  readonly nameMissing: string;
  readonly defaultName: (number: number) => string;
  readonly save: string;
  readonly add: (name: string) => string;
  readonly redo: string;
  readonly discard: string;
  readonly voices: string;
  readonly voiceNote: (voicedS: number | null, createdAt: Date, takes: number) => string;
  readonly otherModel: (model: string) => string;
  readonly earlierModel: string;
  readonly renewable: string;
  readonly renewing: string;
  readonly notFollowed: (name: string) => string;
  readonly renewed: (name: string) => string;
  readonly renewedBecause: string;
  readonly addTake: string;
  /** For screen readers; begins with what is seen. */
  readonly addTakeOf: (name: string) => string;
  readonly rename: string;
  readonly export: string;
  readonly delete: string;
  /** For screen readers: what a button does to whom. */
  readonly actionOn: (action: string, name: string) => string;
  readonly newName: (name: string) => string;
  readonly saveName: string;
  readonly deleteQuestion: (name: string) => string;
  readonly deleteYes: string;
  readonly deleteNo: string;
  readonly memoryOnly: string;
  readonly memoryOnlyBecause: (reason: string) => string;
  readonly chosen: (name: string) => string;
  readonly saved: (name: string) => string;
  readonly savedForLater: (name: string) => string;
  readonly added: (name: string) => string;
  readonly takeRemoved: (name: string) => string;
  readonly deleted: (name: string) => string;
  readonly renamed: (name: string) => string;
}

const seconds = (value: number) => `${value.toFixed(1)} s`;

export const CLUE_ENROLLER_TEXTS: ClueEnrollerTexts = {
  record: 'Record a voice',
  recordAnother: 'Record another voice',
  useFile: 'Use a recording…',
  importClue: 'Import a voice…',
  hint: 'About ten seconds of one person talking. You can also drop a recording here.',
  addTo: (name) => `Another recording of ${name}`,
  recordTake: 'Record',
  addHint:
    'The same person again: at another time, or in another mood. What the recordings have in common is the voice.',
  takesSoFar: (takes) => `${takes} recordings so far.`,
  forgetTake: 'Forget the last one',
  dropHere: 'Drop it here',
  opening: 'If the browser asks, allow the microphone.',
  recording: 'Recording',
  percentage: (share) => `${Math.floor(100 * share)} %`,
  progress: 'Voice so far',
  level: 'Level',
  silent: 'silent',
  clipped: 'clipped',
  guidance: {
    starting: 'Talk as you normally do.',
    silent: 'No sound arrives. Is the right microphone chosen, and not muted?',
    'no-voice': 'No voice is heard. Go on talking.',
    clipped: 'Too loud: the microphone clips. Move back a little.',
    'too-quiet': 'Very quiet. Come closer to the microphone.',
    'too-noisy': 'Noisy. Come closer, or go where it is quieter.',
    'go-on': 'Good. Go on talking.',
    enough: 'That is enough.',
  },
  interrupted: (why) => `Nothing is recorded now: ${why}.`,
  readAloud: 'Nothing to say? Read this aloud:',
  passage:
    'Early in the morning the harbour is quiet. Two boats come in with the tide, and somebody on the pier calls a name across the water. ' +
    'By nine the market is open; there is bread, there are oranges, and everyone has something to tell.',
  finish: 'Finish now',
  cancel: 'Cancel',
  waiting: 'Recorded. Waiting for the model…',
  checking: 'Listening to the recording…',
  notEnrolled: 'Not enrolled.',
  failed: 'That did not work.',
  good: 'A good recording.',
  doubtful: 'It can be used, but:',
  doubts: {
    'too-noisy': 'it is noisy. A quieter place gives a better result.',
    'too-quiet': 'it is very quiet. Closer to the microphone gives a better result.',
    'more-than-one-voice': 'more than one voice seems to be in it. Only one person should talk.',
    'another-voice': 'it does not sound like the same person. If somebody else talked, discard it.',
  },
  figures: (voicedS, durationS, snrDb) =>
    `${seconds(voicedS)} of voice in ${seconds(durationS)}, ${snrDb.toFixed(0)} dB above the background`,
  listen: 'What was recorded',
  name: 'Whose voice is it?',
  nameMissing: 'Give it a name.',
  defaultName: (number) => `Voice ${number}`,
  save: 'Save and use',
  add: (name) => `Add to ${name}`,
  redo: 'Record again',
  discard: 'Discard',
  voices: 'Only this voice comes through',
  voiceNote: (voicedS, createdAt, takes) =>
    [
      createdAt.toLocaleDateString(undefined, { dateStyle: 'medium' }),
      voicedS === null ? '' : `${seconds(voicedS)} of voice`,
      takes === 1 ? '' : `${takes} recordings`,
    ]
      .filter((part) => part !== '')
      .join(' · '),
  otherModel: (model) => `Enrolled with the model “${model}”. For this model, enroll the voice again.`,
  earlierModel: 'This voice was enrolled with an earlier version of the model. Enroll it again.',
  renewable:
    'The model has changed since. When you choose this voice, it is enrolled again from its recording, which was kept.',
  renewing: 'The model has changed since. Enrolling the voice again from its recording…',
  notFollowed: (name) => `${name} is not followed.`,
  renewed: (name) => `${name} is enrolled again.`,
  renewedBecause: 'The model has changed since. The recording that was kept served again.',
  addTake: 'Add a recording',
  addTakeOf: (name) => `Add a recording of ${name}`,
  rename: 'Rename',
  export: 'Export',
  delete: 'Delete',
  actionOn: (action, name) => `${action} ${name}`,
  newName: (name) => `New name of ${name}`,
  saveName: 'Save',
  deleteQuestion: (name) => `Delete ${name}?`,
  deleteYes: 'Delete',
  deleteNo: 'Keep',
  memoryOnly: 'Kept until this page is closed.',
  memoryOnlyBecause: (reason) =>
    `The browser stores nothing here (${reason}). Export a voice to have it next time.`,
  chosen: (name) => `${name} is followed now.`,
  saved: (name) => `${name} is saved and followed now.`,
  savedForLater: (name) => `${name} is saved, and followed as soon as the model is there.`,
  added: (name) => `The recording is added to ${name}, who is followed now.`,
  takeRemoved: (name) => `The last recording of ${name} is forgotten.`,
  deleted: (name) => `${name} is deleted.`,
  renamed: (name) => `The name is now ${name}.`,
};
