// What is known of a file of the queue, and of how it is played.

export type Heard = 'before' | 'after';

export interface PlayState {
  readonly positionS: number;
  readonly isPlaying: boolean;
  readonly heard: Heard;
}

export const NOT_PLAYED: PlayState = { positionS: 0, isPlaying: false, heard: 'after' };

/** [stretches], linear: the loudest sample of each. */
export interface Waveforms {
  readonly before: Float32Array;
  readonly after: Float32Array;
}

export type FilePhase = 'waiting' | 'reading' | 'extracting' | 'done' | 'failed' | 'cancelled';

export interface FileFacts {
  readonly seconds: number;
  readonly rateHz: number;
  /** In the file; what comes out has one. */
  readonly channels: number;
}

export interface FileState {
  readonly id: number;
  readonly name: string;
  readonly phase: FilePhase;
  /** 0 … 1, of the extraction. */
  readonly share: number;
  /** Times real time; null while not known. */
  readonly speed: number | null;
  readonly facts: FileFacts | null;
  /** Whose voice is extracted; null while that is open. */
  readonly voice: string | null;
  /** Why it failed. */
  readonly error: string | null;
  readonly result: FileItemResult | null;
}

export interface FileItemResult {
  readonly waveforms: Waveforms;
  /** Of the WAV with the estimate. */
  readonly url: string;
  readonly saveName: string;
}
