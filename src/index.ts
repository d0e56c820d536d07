// The public API of the page's thread.
export {
  createExtractor,
  Extractor,
  type ExtractorEvents,
  type ExtractorOptions,
  type ExtractorStats,
} from './extractor.ts';
export { MICROPHONE_CONSTRAINTS, openMicrophone } from './microphone.ts';
export type { Transport } from './audio-graph.ts';
export type { Levels } from './shared/audio-counters.ts';
export * from './shared/errors.ts';
export type {
  BackendChoice,
  Enrollment,
  EnrollmentReport,
  LoadReport,
  MissedPolicy,
  StepTimes,
} from './shared/protocol.ts';
