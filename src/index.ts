// The public API of the page's thread. Importing it touches no global of a browser, so it may be imported on a server.
export { createExtractor } from './create-extractor.ts';
export { Extractor, type EnrollOptions, type ExtractOptions } from './extractor.ts';
export type { ExtractorOptions } from './options.ts';
export { MAX_SLACK_MS } from './slack.ts';
export type { ExtractorEvents, LatencyChangeEvent, OverloadEvent } from './events.ts';
export type { ListenOptions } from './emitter.ts';
export type { ExtractorStats } from './stats.ts';
export type { ExtractorInput } from './input.ts';
export type { MicrophoneChoice } from './microphone-input.ts';
export { MICROPHONE_CONSTRAINTS, openMicrophone } from './microphone.ts';
export { dbToStrength, strengthToDb } from './strength.ts';
export {
  createTrackProcessor,
  type AudioTrackProcessor,
  type TrackProcessorInit,
  type TrackProcessorOptions,
} from './track-processor.ts';
export { Recorder, type Recording } from './recorder.ts';
export {
  EnrollmentRecorder,
  type EnrollmentEnd,
  type EnrollmentProgress,
  type EnrollmentRecorderOptions,
  type EnrollmentRecording,
} from './enrollment-recorder.ts';
export { clueAgreement, MIN_AGREEMENT } from './clue-agreement.ts';
export {
  checkEnrollment,
  doubtsAbout,
  ENOUGH_VOICED_S,
  guide,
  type EnrollmentDoubt,
  type EnrollmentGuidance,
} from './shared/enrollment.ts';
export { EnrollmentMeter, type EnrollmentFigures } from './shared/enrollment-meter.ts';
export { clueFits } from './clue-fit.ts';
export { meanClue } from './mean-clue.ts';
export {
  ClueStore,
  type NewClue,
  type NewTake,
  type RenewedClue,
  type StoredClue,
  type StoredRecording,
} from './clue-store.ts';
export type { ClueTake } from './shared/takes.ts';
export { clueFileName, exportClue, importClue, type ExportedClue } from './clue-file.ts';
export type { Transport } from './audio-graph.ts';
export type { Levels } from './shared/audio-counters.ts';
export * from './shared/errors.ts';
export { BACKEND_CHOICES, MISSED_POLICIES } from './shared/protocol.ts';
export type {
  BackendChoice,
  Clue,
  Enrollment,
  EnrollmentReport,
  LoadReport,
  MissedPolicy,
  ModelOrigin,
  StepTimes,
  TrialReport,
} from './shared/protocol.ts';
export type { LateHops, LiveTimes, TimeSummary } from './shared/latency-times.ts';
