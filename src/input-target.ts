// Where an input leads to, and who is told of it.
import type { MicrophoneError } from './shared/errors.ts';

export interface OpenedMicrophone {
  readonly label: string;
  readonly deviceId: string;
  readonly why: string;
}

export interface InputWatcher {
  /** It ended by itself; nothing comes any more. */
  onEnded(error: MicrophoneError): void;
  /** It brings nothing for a while: muted, or gone until another microphone is open. */
  onInterrupted(why: string): void;
  onResumed(): void;
  /** After `onInterrupted` as good as `onResumed`. */
  onOpened(microphone: OpenedMicrophone): void;
}

export interface InputTarget {
  readonly context: AudioContext;
  /** Is connected to what comes in. */
  readonly node: AudioNode;
  /** Ends the waiting for the user's permission; its reason is what openInput throws then. */
  readonly signal: AbortSignal;
}
