// An extractor: one worker with a model, one audio graph. A voice is enrolled; what goes in comes out as that voice alone.
/// <reference lib="esnext.disposable" preserve="true" />
import { transfer } from 'comlink';
import type { Transport } from './audio-graph.ts';
import { embeddingOf, fittingEmbedding } from './clue-fit.ts';
import { Emitter, type ListenOptions } from './emitter.ts';
import type { ExtractorEvents } from './events.ts';
import type { ExtractorInput } from './input.ts';
import type { ExtractorOptions } from './options.ts';
import { LivePath } from './live-path.ts';
import { ProcessedTracks } from './processed-tracks.ts';
import { handedOver } from './recording.ts';
import type { Levels } from './shared/audio-counters.ts';
import { AbortError, InputError } from './shared/errors.ts';
import type {
  BackendChoice,
  Clue,
  Enrollment,
  LoadReport,
  MissedPolicy,
  ShareCallback,
  WorkerEvent,
} from './shared/protocol.ts';
import { errorFromWire, type ErrorOnTheWire } from './shared/protocol-errors.ts';
import { extractorStats, type ExtractorStats } from './stats.ts';
import { dbToStrength, strengthToDb } from './strength.ts';
import type { Question, WorkerConnection } from './worker-connection.ts';

const NO_LEVELS: Levels = { inputRms: 0, inputPeak: 0, outputRms: 0, outputPeak: 0 };

export interface EnrollOptions {
  /** Whether the new clue is followed from now on (true). */
  readonly use?: boolean;
}

export interface ExtractOptions {
  /** Told the share that is done, 0 … 1, until the estimate is there or has failed. */
  readonly onProgress?: ShareCallback;
  readonly signal?: AbortSignal;
  /**
   * Hear the first 15 s before they are extracted (true): the voices are known from the first second on then, as they never are live.
   * false gives what the live stream would have played.
   */
  readonly hearFirst?: boolean;
}

export class Extractor implements AsyncDisposable {
  readonly context: AudioContext;
  readonly #path: LivePath;
  readonly #connection: WorkerConnection;
  readonly #emitter = new Emitter<ExtractorEvents>();
  readonly #processed = new ProcessedTracks();
  #report: LoadReport;
  #hasClue = false;
  /** What is followed, as it was given. */
  #followed: Float32Array | undefined;
  /** Calls that asked for a clue to be followed, or for none; and the newest of them that was done. */
  #clueCalls = 0;
  #followedCall = 0;
  /** Settles when the newest clue is followed or refused. */
  #following: Promise<void> = Promise.resolve();
  #extractions = 0;
  /** Those that are under way. */
  #extracting = 0;
  #disposing: Promise<void> | undefined;

  /** Use createExtractor. */
  constructor(
    options: ExtractorOptions,
    context: AudioContext,
    connection: WorkerConnection,
    report: LoadReport,
  ) {
    this.context = context;
    this.#connection = connection;
    this.#report = report;
    connection.onFailed = (error) => this.#fail(error);
    this.#path = new LivePath(options, context, connection, {
      emitter: this.#emitter,
      checkReady: () => this.#checkReady(),
      stats: () => this.stats(),
      onFailed: (error) => this.#fail(error),
    });
  }

  /** What goes in, as it arrives, before any delay; for meters and recorders. */
  get input(): AudioNode {
    return this.#path.input;
  }

  /** What comes out; connect it where it is to be heard. Stays the same over starts and stops. */
  get output(): AudioNode {
    return this.#path.output;
  }

  /** How audio crosses threads: 'ring' is shared memory, 'port' messages. */
  get transport(): Transport {
    return this.#path.transport;
  }

  /** The model, and the backend that computes now, and why that one. */
  get report(): LoadReport {
    return this.#report;
  }

  /** The output as a track, for calls and recorders. Stays the same over starts and stops; once it was stopped itself, another. */
  get track(): MediaStreamTrack {
    return this.#path.track;
  }

  get state(): 'stopped' | 'running' {
    return this.#path.isRunning ? 'running' : 'stopped';
  }

  /** Why nothing goes through although it runs (the browser halted the context, the input is muted, another microphone is being opened); null where all is well. */
  get interruption(): string | null {
    return this.#path.interruption;
  }

  /** Why it is of no use any more: its worker died. Null where it lives. */
  get failure(): Error | null {
    return this.#connection.failure ?? null;
  }

  /** Whether a voice is enrolled, so that it can start. */
  get hasClue(): boolean {
    return this.#hasClue;
  }

  /**
   * The path's delay: what comes out at one moment went in so long before. Constant from start to stop where `slackMs` is given. Where it is
   * left out, each start measures what the device needs (before the first it is the least), and `latencychange` tells where a run needs more.
   */
  get latencySamples(): number {
    return this.#path.delaySamples;
  }

  /** The same in milliseconds. */
  get latencyMs(): number {
    return (1000 * this.latencySamples) / this.context.sampleRate;
  }

  /** Plays the mixture instead of the estimate, just as late; fades over within 10 ms. */
  get bypass(): boolean {
    return this.#path.bypass;
  }

  set bypass(value: boolean) {
    this.#path.bypass = value;
  }

  /**
   * 0 … 1, share of the others that is taken away: played = estimate + (1 − strength)·(mixture − estimate), aligned.
   * Takes effect within 10 ms. Throws InputError where it is out of range.
   */
  get strength(): number {
    return this.#path.strength;
  }

  set strength(value: number) {
    this.#path.strength = value;
  }

  /** The strength in dB: the others come out so much quieter than they went in, Infinity takes all of them away. */
  get attenuationLimitDb(): number {
    return strengthToDb(this.strength);
  }

  set attenuationLimitDb(value: number) {
    this.strength = dbToStrength(value);
  }

  /** What is played where no estimate came in time: MISSED_POLICIES. Throws InputError where it is none of them. */
  get missedPolicy(): MissedPolicy {
    return this.#path.missedPolicy;
  }

  set missedPolicy(value: MissedPolicy) {
    this.#path.missedPolicy = value;
  }

  /**
   * Checks a recording of the wanted voice and makes a clue of it, which is followed from then on: with `use` (the default), unless a later
   * call has set another in the meantime, or `forgetClue` was called; without, once `setClue` is given it.
   * `recording`: an AudioBuffer, or one channel of samples and their rate.
   * Rejects with EnrollmentError; the clue in use stays then.
   */
  enroll(recording: AudioBuffer, options?: EnrollOptions): Promise<Enrollment>;
  enroll(
    recording: AudioBuffer | Float32Array,
    rateHz?: number,
    options?: EnrollOptions,
  ): Promise<Enrollment>;
  async enroll(
    recording: AudioBuffer | Float32Array,
    rateOrOptions?: number | EnrollOptions,
    more?: EnrollOptions,
  ): Promise<Enrollment> {
    const { samples, rateHz, options } = handedOver(recording, rateOrOptions, more, 'enroll');
    const { use = true } = options;
    const call = use ? ++this.#clueCalls : 0;
    const enrollment = await this.#ask((api) => api.enroll(transfer(samples, [samples.buffer]), rateHz));
    if (!use) return enrollment;
    // A later clue that is refused takes the place of none.
    await this.#following;
    if (call > this.#followedCall) await this.#follow(enrollment, call);
    return enrollment;
  }

  /**
   * The clue to follow from the next hop on: what `enroll` gave, now or earlier, or what a ClueStore or importClue gives. Rejects with
   * ClueMismatchError where another clue encoder made it, and the one before stays. A bare embedding [256] is taken on trust.
   */
  async setClue(clue: Clue | Float32Array): Promise<void> {
    await this.#follow(clue, ++this.#clueCalls);
  }

  /**
   * Nobody is followed from the next start on: until another clue is set, `start` and `extract` are refused. What runs goes on.
   * `only`: nothing happens unless it is this one that is followed by then, as `setClue` was given it.
   */
  async forgetClue(only?: Clue | Float32Array): Promise<void> {
    if (only !== undefined) {
      for (let newest; newest !== this.#following;) {
        newest = this.#following;
        await newest;
      }
      if (this.#followed !== embeddingOf(only)) return;
    }
    this.#followed = undefined;
    this.#followedCall = ++this.#clueCalls;
    this.#hasClue = false;
    await this.#ask((api) => api.forgetClue());
  }

  /**
   * Cosine between the clue in use and one made of the newest 5 s that came in, whoever spoke: about 0.9 where it was the enrolled
   * person, 0.75 where it was another, below MIN_AGREEMENT hardly ever the same (docs/enrollment.md). Null where less has come in since the
   * start, and where it was exact silence. Computed beside the live stream, which does not wait for it.
   */
  speakerSimilarity(): Promise<number | null> {
    return this.#ask((api) => api.speakerSimilarity());
  }

  /**
   * Takes its input from a stream, a node of this extractor's context, or a microphone (the default one where none is given)
   * that it opens, replaces when it is unplugged, and closes. Runs until `stop`; what ran before ends.
   * Rejects with MicrophoneError, AudioContextError or InputError, and with AbortError where `stop` comes before the user has
   * allowed the microphone; nothing runs then. Call it from a user's gesture, else the browser may not let the context run.
   */
  start(input?: ExtractorInput): Promise<void> {
    return this.#path.start(input, (error) => this.#fail(error));
  }

  /** The input is let go; a microphone that the extractor opened is closed. */
  stop(): Promise<void> {
    return this.#path.stop();
  }

  /**
   * Starts with a track, resolves to one that carries its estimate. When the given track ends, so does the processed one, and
   * the extractor stops; stopping the processed one does not stop the extractor. Rejects as `start` does.
   */
  async processTrack(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    const stream = new MediaStream([track]);
    await this.#path.start(stream, () => void this.stop());
    return this.#processed.add(track, this.track);
  }

  /** Forgets what was heard so far. */
  async reset(): Promise<void> {
    await this.#ask((api) => api.reset());
  }

  /**
   * A whole recording: its estimate, of the same length and aligned. Not while it runs.
   * `recording`: an AudioBuffer, or one channel of samples and their rate. Rejects with the signal's reason when that aborts.
   */
  extract(recording: AudioBuffer, options?: ExtractOptions): Promise<Float32Array>;
  extract(
    recording: AudioBuffer | Float32Array,
    rateHz?: number,
    options?: ExtractOptions,
  ): Promise<Float32Array>;
  async extract(
    recording: AudioBuffer | Float32Array,
    rateOrOptions?: number | ExtractOptions,
    more?: ExtractOptions,
  ): Promise<Float32Array> {
    const { samples, rateHz, options } = handedOver(recording, rateOrOptions, more, 'extract');
    const { onProgress, signal, hearFirst = true } = options;
    signal?.throwIfAborted();
    const id = ++this.#extractions;
    const cancel = () => void this.#ask((api) => api.cancelExtract(id)).catch(() => {});
    signal?.addEventListener('abort', cancel);
    this.#extracting++;
    try {
      const estimate = await this.#open().askWithProgress(onProgress, (api, told) =>
        api.extract({ id, hearFirst }, transfer(samples, [samples.buffer]), rateHz, told),
      );
      signal?.throwIfAborted();
      return estimate;
    } catch (error) {
      throw signal?.aborted && error instanceof AbortError ? signal.reason : error;
    } finally {
      this.#extracting--;
      signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * Another backend from the next hop on, while running too: it takes over what was heard so far, and nobody hears it.
   * Rejects with WebGpuUnavailableError or WasmUnavailableError; the one before goes on then.
   */
  async setBackend(choice: BackendChoice): Promise<LoadReport> {
    this.#report = await this.#ask((api) => api.setBackend(choice));
    return this.#report;
  }

  async stats(): Promise<ExtractorStats> {
    const worker = await this.#ask((api) => api.stats());
    return extractorStats(worker, await this.#path.counts(), this);
  }

  /** RMS (over 0.1 s) and peak of what goes in and what comes out, linear. Cheap: for every frame of a display. */
  levels(): Levels {
    return this.#path.graph?.levels() ?? NO_LEVELS;
  }

  /** Returns what ends the listening; `signal` ends it too. */
  on<Type extends keyof ExtractorEvents>(
    type: Type,
    listener: (event: ExtractorEvents[Type]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(type, listener, options);
  }

  /** Ends everything: worker, nodes, tracks, and the context if the extractor made it. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** What the worker tells by itself; createExtractor brings it here. @internal */
  receive(event: WorkerEvent): void {
    if (this.#disposing !== undefined) return;
    if (event.type === 'failed') return this.#fail(errorFromWire(event.error as ErrorOnTheWire));
    const { backend, reason, lost } = event;
    this.#report = { ...this.#report, backend, reason };
    this.#emitter.emit('backendchange', { backend, reason, lost });
  }

  async #follow(clue: Clue | Float32Array, call: number): Promise<void> {
    const embedding = fittingEmbedding(clue, this.#report);
    const asked = this.#ask((api) => api.setClue(embedding));
    this.#following = asked.catch(() => {});
    await asked;
    // A later call may have been answered before, or nobody is to be followed any more.
    if (call < this.#followedCall) return;
    this.#followedCall = call;
    this.#followed = embedding;
    this.#hasClue = true;
  }

  async #dispose(): Promise<void> {
    try {
      await this.stop();
      await this.#connection.askPatiently((api) => api.dispose());
    } finally {
      this.#connection.terminate(disposed());
      this.#processed.endAll();
      await this.#path.release();
    }
  }

  #fail(error: Error): void {
    if (this.#disposing !== undefined) return;
    void this.stop();
    this.#emitter.emit('error', { error });
  }

  /** Before the user is asked for the microphone. */
  #checkReady(): void {
    if (this.#disposing !== undefined) throw disposed();
    if (this.failure !== null) throw this.failure;
    if (this.#extracting > 0)
      throw new InputError('a recording is being extracted', {
        where: 'start',
        remedy: 'Wait for it, or abort it, first',
      });
    if (this.#hasClue) return;
    throw new InputError('no voice is enrolled', {
      where: 'start',
      remedy: 'Enroll a voice, or set a clue, first',
    });
  }

  async #ask<Value>(question: Question<Value>): Promise<Value> {
    return this.#open().ask(question);
  }

  #open(): WorkerConnection {
    if (this.#disposing !== undefined) throw disposed();
    return this.#connection;
  }
}

function disposed(): InputError {
  return new InputError('extractor is disposed', { where: 'extractor', remedy: 'Create another one' });
}
