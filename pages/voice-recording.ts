// Recording a voice from the microphone until somebody stops it or it is long enough.
import { rms, toDb } from './level.ts';
import { Recorder } from './recorder.ts';

export interface VoiceProgress {
  readonly seconds: number;
  readonly levelDb: number;
}

export class VoiceRecording {
  readonly #recorder: Recorder;
  readonly #close: () => void;

  /** Records `source` until `finish`; `onFull` is called once after `wantedSeconds`. `close` lets go of the source. */
  static async start(
    context: BaseAudioContext,
    source: AudioNode,
    close: () => void,
    wantedSeconds: number,
    onProgress: (progress: VoiceProgress) => void,
    onFull: () => void,
  ): Promise<VoiceRecording> {
    let full = false;
    const recorder = await Recorder.start(context, [source], (newest, totalSamples) => {
      if (full) return;
      const seconds = totalSamples / context.sampleRate;
      full = seconds >= wantedSeconds;
      onProgress({ seconds: Math.min(seconds, wantedSeconds), levelDb: toDb(rms(newest)) });
      if (full) onFull();
    });
    return new VoiceRecording(recorder, close);
  }

  private constructor(recorder: Recorder, close: () => void) {
    this.#recorder = recorder;
    this.#close = close;
  }

  /** Ends: what was recorded, at the context's rate. */
  async finish(): Promise<Float32Array<ArrayBuffer>> {
    const { channels } = await this.#recorder.finish();
    this.#close();
    return channels[0];
  }
}
