// The public API of the page's thread.
export {
  createSession,
  Session,
  type SessionEvents,
  type SessionOptions,
  type SessionStats,
} from './session.ts';
export { MICROPHONE_CONSTRAINTS, openMicrophone } from './microphone.ts';
export type { Transport } from './session-graph.ts';
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
