// Something else than the microphone to listen to, such as a recording that plays.

export interface OpenSource {
  readonly node: AudioNode;
  /** Called once everything listens. */
  begin?(): void;
  close(): void;
}

export interface LiveSource {
  /** Whose voice is followed meanwhile. */
  readonly voice: string;
  /** Opens it in the extractor's context. `signal`: nobody waits for it any more. */
  open(context: AudioContext, signal?: AbortSignal): Promise<OpenSource>;
}
