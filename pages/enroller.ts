// Enrolls voices: records one, reads one from a file, lets the extractor check it and make the clue.
import { NO_ENROLLMENT } from '../components/app-state.ts';
import type { EnrollmentState } from '../components/app-state.ts';
import { openMicrophone } from '../src/index.ts';
import type { Extractor } from '../src/index.ts';
import { readAudio } from './audio-file.ts';
import { sentence } from './sentence.ts';
import type { Store } from './store.ts';
import { VoiceRecording } from './voice-recording.ts';

/** A voice that can be extracted, and how it is shown. */
export interface Voice {
  readonly embedding: Float32Array;
  readonly shown: EnrollmentState;
}

export class Enroller {
  readonly #store: Store;
  readonly #wantedSeconds: number;
  #recording: VoiceRecording | undefined;
  /** What was shown before; it comes back where nothing new is enrolled. */
  #before: EnrollmentState = NO_ENROLLMENT;

  constructor(store: Store, wantedSeconds: number) {
    this.#store = store;
    this.#wantedSeconds = wantedSeconds;
  }

  /** Starts to record. `onFull`: it is long enough, `finish` should be called. */
  async record(extractor: Extractor, onFull: () => void): Promise<void> {
    this.#begin('recording');
    try {
      const stream = await openMicrophone();
      await extractor.context.resume();
      const source = new MediaStreamAudioSourceNode(extractor.context, { mediaStream: stream });
      this.#recording = await VoiceRecording.start(
        extractor.context,
        source,
        () => stream.getTracks().forEach((track) => track.stop()),
        this.#wantedSeconds,
        ({ seconds, levelDb }) => this.#store.setEnrollment({ seconds, levelDb }),
        onFull,
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the recording and enrolls it; null where that fails or nothing was recording. */
  async finish(extractor: Extractor): Promise<Voice | null> {
    const recording = this.#recording;
    if (recording === undefined) return null;
    this.#recording = undefined;
    const samples = await recording.finish();
    this.#store.setEnrollment({ phase: 'checking' });
    return this.#enroll(extractor, samples, extractor.context.sampleRate, 'Your voice');
  }

  /** Ends the recording and forgets it. */
  async cancel(): Promise<void> {
    await this.#recording?.finish();
    this.#recording = undefined;
    this.#store.set({ enrollment: this.#before });
  }

  /** Enrolls from the bytes of a sound file; null where that fails. */
  async enrollFile(
    extractor: Extractor,
    bytes: () => Promise<ArrayBuffer>,
    label: string,
  ): Promise<Voice | null> {
    this.#begin('checking');
    try {
      const { samples, rateHz } = await readAudio(await bytes(), label);
      return await this.#enroll(extractor, samples, rateHz, label);
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #begin(phase: 'recording' | 'checking'): void {
    this.#before = { ...this.#store.state.enrollment, error: null };
    this.#store.set({ enrollment: { ...NO_ENROLLMENT, phase } });
  }

  async #enroll(
    extractor: Extractor,
    samples: Float32Array,
    rateHz: number,
    label: string,
  ): Promise<Voice | null> {
    try {
      const { embedding, report } = await extractor.enroll(samples, rateHz, { use: false });
      const shown: EnrollmentState = {
        ...NO_ENROLLMENT,
        phase: 'enrolled',
        seconds: report.durationS,
        voicedSeconds: report.voicedS,
        label,
      };
      this.#store.set({ enrollment: shown });
      return { embedding, shown };
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #fail(error: unknown): void {
    this.#store.set({ enrollment: { ...this.#before, error: sentence(error) } });
  }
}
