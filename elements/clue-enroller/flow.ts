// The way from "record" to a checked recording: what is under way, what came of it, what went wrong.
import { NOTHING_RECORDED } from '../../components/enroll/enroll-progress.ts';
import type { RecordingState } from '../../components/enroll/enroll-progress.ts';
import { EnrollmentRecorder } from '../../src/enrollment-recorder.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import { MIN_VOICED_S } from '../../src/shared/enrollment.ts';
import { InputError, MicrophoneError } from '../../src/shared/errors.ts';
import { openSource } from '../shared/file-source.ts';
import { checkVoice } from './check.ts';
import type { CheckedVoice, Sound } from './check.ts';
import { sentence } from '../shared/sentence.ts';

/** Of a file: more tells a voice no better, takes long to check, and mostly holds others. */
const LONGEST_S = 300;

/** `waiting`: recorded, but there is no model yet to make a clue with. */
export type EnrollPhase = 'idle' | 'opening' | 'recording' | 'waiting' | 'checking' | 'review';

export interface EnrollState {
  readonly phase: EnrollPhase;
  /** The id of the voice that what is recorded is added to; null for a new voice. */
  readonly addsTo: string | null;
  readonly recording: RecordingState;
  /** What is reviewed. */
  readonly checked: CheckedVoice | null;
  /** Why nothing was enrolled. */
  readonly error: string | null;
}

export const IDLE: EnrollState = {
  phase: 'idle',
  addsTo: null,
  recording: NOTHING_RECORDED,
  checked: null,
  error: null,
};

/** What the flow needs of the element. */
export interface EnrollHost {
  readonly extractor: Extractor | null;
  readonly enoughSeconds: number;
  readonly deviceId: string | undefined;
  /** What a recording is called that has no name. */
  readonly nextName: string;
  readonly clues: readonly StoredClue[];
  state: EnrollState;
}

export class EnrollFlow {
  readonly #host: EnrollHost;
  #recorder: EnrollmentRecorder | null = null;
  /** What waits for a model. */
  #sound: Sound | null = null;
  /** Counts what was begun: what ends after something else was begun has no effect. */
  #turn = 0;

  constructor(host: EnrollHost) {
    this.#host = host;
  }

  record(): Promise<void> {
    return this.#begin('opening', async (isCurrent) => {
      const { deviceId, enoughSeconds } = this.#host;
      const recorder = await EnrollmentRecorder.start({
        constraints: deviceId === undefined ? {} : { deviceId: { exact: deviceId } },
        enoughVoicedS: enoughSeconds,
        onProgress: ({ share, guidance, levelDb, peakDb }) => {
          if (isCurrent()) this.#setRecording({ share, guidance, levelDb, peakDb });
        },
        onInterruption: ({ state, why }) => {
          if (isCurrent()) this.#setRecording({ interruption: state === 'interrupted' ? why : null });
        },
      });
      if (!isCurrent()) return recorder.cancel();
      this.#recorder = recorder;
      this.#set({ phase: 'recording' });
      const recorded = await recorder.done;
      if (!isCurrent() || recorded === null) return;
      this.#recorder = null;
      const { samples, rateHz, figures, end } = recorded;
      if (end === 'input-ended' && figures.voicedS < MIN_VOICED_S) throw unplugged();
      await this.#check({ samples, rateHz, name: this.#host.nextName }, isCurrent);
    });
  }

  async finish(): Promise<void> {
    await this.#recorder?.finish();
  }

  /** Forgets what is under way, recorded or reviewed. `addsTo`: whom the next recording is added to; a new voice where it is null. */
  async cancel(addsTo: string | null = null): Promise<void> {
    await this.#begin('idle', async () => {}, addsTo);
  }

  /** What is under way is of a new voice. */
  addToNobody(): void {
    this.#set({ addsTo: null });
  }

  takeFile(file: File): Promise<void> {
    return this.#begin('checking', async (isCurrent) => {
      const source = await openSource(file);
      const { rateHz } = source;
      if (source.samples > LONGEST_S * rateHz) throw tooLong(file.name, source.samples / rateHz);
      const samples = await source.read(0, source.samples);
      if (isCurrent())
        await this.#check({ samples, rateHz, name: file.name.replace(/\.[^.]*$/, '') }, isCurrent);
    });
  }

  /** There is a model now: goes on with what waited. */
  async resume(): Promise<void> {
    const sound = this.#sound;
    if (sound !== null) await this.#begin('checking', (isCurrent) => this.#check(sound, isCurrent));
  }

  async #check(sound: Sound, isCurrent: () => boolean): Promise<void> {
    const { extractor } = this.#host;
    if (extractor === null) {
      this.#sound = sound;
      this.#set({ phase: 'waiting' });
      return;
    }
    this.#set({ phase: 'checking' });
    const { addsTo } = this.#host.state;
    const voice = this.#host.clues.find(({ id }) => id === addsTo);
    const checked = await checkVoice(extractor, sound, voice);
    if (isCurrent()) this.#set({ phase: 'review', checked });
    else URL.revokeObjectURL(checked.url);
  }

  /** Whatever was under way has no effect any more. What goes wrong is shown. */
  async #begin(
    phase: EnrollPhase,
    task: (isCurrent: () => boolean) => Promise<void>,
    addsTo = this.#host.state.addsTo,
  ): Promise<void> {
    const turn = ++this.#turn;
    const recorder = this.#recorder;
    this.#recorder = null;
    this.#sound = null;
    const { checked } = this.#host.state;
    const idle = { ...IDLE, addsTo };
    if (checked !== null) URL.revokeObjectURL(checked.url);
    this.#host.state = { ...idle, phase };
    await recorder?.cancel();
    const isCurrent = () => turn === this.#turn;
    try {
      await task(isCurrent);
    } catch (error) {
      if (isCurrent()) this.#host.state = { ...idle, error: sentence(error) };
    }
  }

  #setRecording(change: Partial<RecordingState>): void {
    this.#set({ recording: { ...this.#host.state.recording, ...change } });
  }

  #set(change: Partial<EnrollState>): void {
    this.#host.state = { ...this.#host.state, ...change };
  }
}

function tooLong(name: string, seconds: number): InputError {
  return new InputError('is too long to enroll from', {
    where: name,
    expected: `at most ${LONGEST_S / 60} min (${LONGEST_S} s)`,
    got: `${Math.ceil(seconds)} s`,
    remedy: 'Cut out half a minute in which only this person talks',
  });
}

function unplugged(): MicrophoneError {
  return new MicrophoneError('stopped', {
    where: 'microphone',
    remedy: 'Plug it in again, or choose another, then record again',
  });
}
