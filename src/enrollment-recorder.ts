// Records a voice for an enrollment: measures it while it grows, says what to change, and ends by itself when there is enough.
import { closeContext, createContext, resumeContext, watchContext } from './audio-context.ts';
import { callListener } from './call-listener.ts';
import type { ExtractorEvents } from './events.ts';
import { Interruptions } from './interruptions.ts';
import { openMicrophone } from './microphone.ts';
import { Recorder } from './recorder.ts';
import { levelsDb } from './shared/decibels.ts';
import { EnrollmentMeter, type EnrollmentFigures } from './shared/enrollment-meter.ts';
import { ENOUGH_VOICED_S, guide, type EnrollmentGuidance } from './shared/enrollment.ts';
import { soundTrack, streamNode, watchTrack } from './stream-node.ts';

const DEFAULT_MAX_S = 60;
/** A microphone that brings nothing but exact zeros for longer is muted, and said to be. */
const ARRIVES_WITHIN_S = 1;

export interface EnrollmentProgress {
  /** 0…1 of the voice that is wanted; not of time. */
  readonly share: number;
  readonly guidance: EnrollmentGuidance;
  readonly figures: EnrollmentFigures;
  /** Of the newest tenth of a second, dBFS; −∞ is silence. */
  readonly levelDb: number;
  readonly peakDb: number;
}

/** Why it ended. */
export type EnrollmentEnd = 'enough' | 'asked' | 'too-long' | 'input-ended';

export interface EnrollmentRecording {
  /** One channel. */
  readonly samples: Float32Array<ArrayBuffer>;
  readonly rateHz: number;
  readonly figures: EnrollmentFigures;
  readonly end: EnrollmentEnd;
  /** Samples that are missing because the page was too busy to take them. */
  readonly lostSamples: number;
}

export interface EnrollmentRecorderOptions {
  /** What is recorded; the microphone (opened here, closed at the end) where none is given. Stays open. */
  readonly input?: MediaStream;
  /** Which microphone, and how; added to MICROPHONE_CONSTRAINTS. */
  readonly constraints?: MediaTrackConstraints;
  /** A context to record with; one is made and closed where none is given. */
  readonly context?: AudioContext;
  /** Seconds of voice after which it ends (6). */
  readonly enoughVoicedS?: number;
  /** Seconds after which it ends in any case (60). */
  readonly maxS?: number;
  /** About twelve times a second. */
  readonly onProgress?: (progress: EnrollmentProgress) => void;
  /**
   * Nothing is recorded for a while: the browser halted the context, or muted the input; and the return. A context that was made here is
   * brought back, as an extractor does with its own.
   */
  readonly onInterruption?: (interruption: ExtractorEvents['interruption']) => void;
}

export class EnrollmentRecorder {
  /** The recording, once it has ended; null where it was cancelled. */
  readonly done: Promise<EnrollmentRecording | null>;
  readonly #options: EnrollmentRecorderOptions;
  readonly #meter: EnrollmentMeter;
  readonly #close: () => Promise<void>;
  #recorder: Recorder | undefined;
  readonly #isOver = new AbortController();
  readonly #end = Promise.withResolvers<EnrollmentEnd | null>();
  /** Exact zeros before the first sound: a microphone that is not there yet, no background. */
  #leadingZeros = 0;
  #heard = false;

  /**
   * Starts to record. Call it from a user's gesture, else the browser may not let the context run.
   * Rejects with MicrophoneError or AudioContextError; nothing is open then.
   */
  static async start(options: EnrollmentRecorderOptions = {}): Promise<EnrollmentRecorder> {
    const stream = options.input ?? (await openMicrophone(options.constraints));
    let context = options.context;
    const close = async () => {
      if (options.input === undefined) stream.getTracks().forEach((track) => track.stop());
      if (options.context === undefined && context !== undefined) await closeContext(context);
    };
    try {
      context ??= createContext('interactive');
      await resumeContext(context);
      return await EnrollmentRecorder.#record(options, stream, context, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  static async #record(
    options: EnrollmentRecorderOptions,
    stream: MediaStream,
    context: AudioContext,
    close: () => Promise<void>,
  ): Promise<EnrollmentRecorder> {
    const track = soundTrack(stream, 'enrollment');
    const source = streamNode(context, track);
    const made = new EnrollmentRecorder(options, context.sampleRate, close);
    made.#recorder = await Recorder.start(context, [source], (newest) => made.#take(newest));
    made.#watch(context, track);
    return made;
  }

  private constructor(options: EnrollmentRecorderOptions, rateHz: number, close: () => Promise<void>) {
    this.#options = options;
    this.#meter = new EnrollmentMeter(rateHz);
    this.#close = close;
    this.done = this.#end.promise.then((end) => this.#finish(end));
  }

  /** Ends it now. */
  finish(): Promise<EnrollmentRecording | null> {
    this.#end.resolve('asked');
    return this.done;
  }

  /** Ends it now and forgets it. */
  async cancel(): Promise<void> {
    this.#end.resolve(null);
    await this.done;
  }

  #watch(context: AudioContext, track: MediaStreamTrack): void {
    const interruptions = new Interruptions((event) => {
      const { onInterruption } = this.#options;
      if (onInterruption !== undefined) callListener(() => onInterruption(event));
    });
    const onEnded = () => this.#end.resolve('input-ended');
    const forgetTrack = watchTrack(track, {
      onEnded,
      onMuted: (why) => interruptions.begin('input', why),
      onUnmuted: () => interruptions.end('input'),
    });
    if (track.readyState === 'ended') onEnded();
    const forgetContext = watchContext(context, this.#options.context === undefined, {
      onInterrupted: (why) => interruptions.begin('context', why),
      onResumed: () => interruptions.end('context'),
      onClosed: onEnded,
    });
    this.#isOver.signal.addEventListener('abort', () =>
      [forgetTrack, forgetContext].forEach((forget) => forget()),
    );
  }

  async #finish(end: EnrollmentEnd | null): Promise<EnrollmentRecording | null> {
    this.#isOver.abort();
    const { channels, lostSamples } = await this.#recorder!.finish();
    await this.#close();
    if (end === null) return null;
    const { rateHz } = this.#meter;
    // Nothing but zeros is what was recorded, then.
    if (!this.#heard) this.#meter.push(channels[0]);
    const samples = channels[0].slice(this.#heard ? this.#leadingZeros : 0);
    return { samples, rateHz, figures: this.#meter.figures(), end, lostSamples };
  }

  #take(newest: Float32Array): void {
    if (newest.length === 0) return;
    this.#meter.push(this.#withoutLeadingZeros(newest));
    const { enoughVoicedS = ENOUGH_VOICED_S, maxS = DEFAULT_MAX_S, onProgress } = this.#options;
    const figures = this.#meter.figures();
    const waitedS = this.#leadingZeros / this.#meter.rateHz;
    const isMuted = !this.#heard && waitedS > ARRIVES_WITHIN_S;
    const guidance = isMuted ? 'silent' : guide(figures, enoughVoicedS);
    const share = Math.min(1, figures.voicedS / enoughVoicedS);
    const { rmsDb: levelDb, peakDb } = levelsDb(newest);
    if (onProgress !== undefined)
      callListener(() => onProgress({ share, guidance, figures, levelDb, peakDb }));
    if (guidance === 'enough') this.#end.resolve('enough');
    else if (waitedS + figures.durationS >= maxS) this.#end.resolve('too-long');
  }

  #withoutLeadingZeros(newest: Float32Array): Float32Array {
    if (this.#heard) return newest;
    const first = newest.findIndex((sample) => sample !== 0);
    this.#heard = first >= 0;
    const zeros = first < 0 ? newest.length : first;
    this.#leadingZeros += zeros;
    return newest.subarray(zeros);
  }
}
