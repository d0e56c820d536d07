// An extractor: one worker with a model, one audio graph. A voice is enrolled; what goes in comes out as that voice alone.
import { proxy, transfer } from 'comlink';
import { openMicrophone } from './microphone.ts';
import { connectWorker, type WorkerConnection } from './worker-connection.ts';
import { bestTransport, loadProcessor, AudioGraph, type Transport } from './audio-graph.ts';
import { checkRate, MAX_RATE_HZ, MIN_RATE_HZ } from './shared/audio-constants.ts';
import type { AudioCounts, Levels } from './shared/audio-counters.ts';
import { extractorLagSamples } from './shared/audio-lag.ts';
import { AudioContextError, InputError, MicrophoneError } from './shared/errors.ts';
import type {
  AudioLink,
  BackendChoice,
  Enrollment,
  LoadReport,
  MissedPolicy,
  ProgressCallback,
  WorkerEvent,
  WorkerStats,
} from './shared/protocol.ts';
import { errorFromWire, type ErrorOnTheWire } from './shared/protocol-errors.ts';

export interface ExtractorOptions {
  /** Address of the model's folder; relative to the page. */
  readonly modelUrl: string;
  /** 'auto' (the default) takes WebGPU where a real adapter is. */
  readonly backend?: BackendChoice;
  /** Time to compute in, part of the delay (8): a quantum (2.7 ms at 48 kHz), the device's burst and a step must fit. */
  readonly slackMs?: number;
  /** Of the context that the extractor makes (0: as short as the device can). */
  readonly latencyHint?: AudioContextLatencyCategory | number;
  /** What is played where no estimate came in time ('silence'). */
  readonly missedPolicy?: MissedPolicy;
  /** A context of the page's own; the extractor makes and closes one where none is given. */
  readonly context?: AudioContext;
  /** How audio crosses threads; shared memory where possible by default. */
  readonly transport?: Transport;
  readonly onProgress?: ProgressCallback;
  /** Aborts loading. */
  readonly signal?: AbortSignal;
  /** Another worker script that serves WorkerApi. */
  readonly createWorker?: () => Worker;
}

/** The worker's figures and the audio thread's, since the start of the run. */
export interface ExtractorStats extends Omit<WorkerStats, 'nonFinite'>, Omit<AudioCounts, 'missedQuanta'> {
  /** `process()` calls that lacked at least one sample of the estimate. */
  readonly missedDeadlines: number;
  readonly latencyMs: number;
  readonly rateHz: number;
  readonly transport: Transport;
}

export interface ExtractorEvents {
  /** It runs, or it does not. */
  statechange: { readonly state: 'stopped' | 'running' };
  /** It went on by itself after a loss: the device was lost and the other backend took over. */
  recovered: { readonly backend: string; readonly reason: string };
  /** It had to stop: the engine failed, the microphone was unplugged. */
  error: { readonly error: Error };
}

const NO_COUNTS: AudioCounts = {
  startFrame: 0,
  quanta: 0,
  missedQuanta: 0,
  missedSamples: 0,
  lateSamples: 0,
  overflowSamples: 0,
  nonFinite: 0,
};
const NO_LEVELS: Levels = { inputRms: 0, inputPeak: 0, outputRms: 0, outputPeak: 0 };

/** What one start needs to be undone. */
interface Run {
  readonly graph: AudioGraph;
  readonly source: AudioNode;
  release(): void;
}

/**
 * Starts a worker, loads the model into it and the processor into the context.
 * Rejects with ModelFileError, WebGpuUnavailableError, AudioContextError, InputError or the signal's reason; nothing stays behind then.
 */
export async function createExtractor(options: ExtractorOptions): Promise<Extractor> {
  options.signal?.throwIfAborted();
  const context = options.context ?? createContext(options.latencyHint ?? 0);
  let connection: WorkerConnection | undefined;
  try {
    checkRate(context.sampleRate, 'AudioContext');
    const worker = (options.createWorker ?? defaultWorker)();
    connection = connectWorker(worker);
    const onProgress = options.onProgress && proxy(options.onProgress);
    const modelUrl = new URL(options.modelUrl, document.baseURI).href;
    const [report] = await Promise.race([
      Promise.all([
        connection.api.load(modelUrl, options.backend ?? 'auto', onProgress),
        loadProcessor(context),
      ]),
      connection.failed,
      aborted(options.signal),
    ]);
    const extractor = new Extractor(options, context, connection, report);
    await connection.api.listen(proxy((event) => extractor.receive(event)));
    return extractor;
  } catch (error) {
    connection?.terminate();
    if (options.context === undefined) await context.close();
    throw error;
  }
}

export class Extractor {
  readonly context: AudioContext;
  /** What comes out; connect it where it is to be heard. Stays the same over starts and stops. */
  readonly output: AudioNode;
  /** What goes in, as it arrives, before any delay; for meters and recorders. */
  readonly input: AudioNode;
  readonly report: LoadReport;
  readonly transport: Transport;
  /** The path's constant delay. */
  readonly latencySamples: number;
  readonly #options: ExtractorOptions;
  readonly #connection: WorkerConnection;
  readonly #events = new EventTarget();
  readonly #stream: MediaStreamAudioDestinationNode;
  readonly #slackSamples: number;
  #run: Run | undefined;
  /** Starts and stops one after the other, in the order in which they were called. */
  #queue: Promise<unknown> = Promise.resolve();
  #bypass = false;
  #missedPolicy: MissedPolicy;
  #hasClue = false;
  #disposed = false;

  /** Use createExtractor. */
  constructor(
    options: ExtractorOptions,
    context: AudioContext,
    connection: WorkerConnection,
    report: LoadReport,
  ) {
    this.#options = options;
    this.#connection = connection;
    this.#missedPolicy = options.missedPolicy ?? 'silence';
    this.context = context;
    this.report = report;
    this.transport = options.transport ?? bestTransport();
    this.#slackSamples = Math.round(((options.slackMs ?? 8) / 1000) * context.sampleRate);
    this.latencySamples = extractorLagSamples(context.sampleRate) + this.#slackSamples;
    this.input = new GainNode(context);
    this.output = new GainNode(context);
    this.#stream = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.output.connect(this.#stream);
    connection.failed.catch((error) => this.#fail(error));
  }

  /** The output as a track, for calls and recorders. Stays the same over starts and stops. */
  get track(): MediaStreamTrack {
    return this.#stream.stream.getAudioTracks()[0];
  }

  get state(): 'stopped' | 'running' {
    return this.#run === undefined ? 'stopped' : 'running';
  }

  /** The path's constant delay: what comes out at one moment went in so long before. */
  get latencyMs(): number {
    return (1000 * this.latencySamples) / this.context.sampleRate;
  }

  /** Plays the mixture instead of the estimate, just as late; fades over within 10 ms. */
  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(value: boolean) {
    this.#bypass = value;
    this.#run?.graph.setBypass(value);
  }

  get missedPolicy(): MissedPolicy {
    return this.#missedPolicy;
  }

  set missedPolicy(value: MissedPolicy) {
    this.#missedPolicy = value;
    this.#run?.graph.setMissedPolicy(value);
  }

  /**
   * Checks a recording of the wanted voice and makes a clue of it. Takes effect with `setClue`, unless `use` (the default).
   * Rejects with EnrollmentError; the clue in use stays then.
   */
  async enroll(
    recording: AudioBuffer | Float32Array,
    rateHz?: number,
    { use = true }: { use?: boolean } = {},
  ): Promise<Enrollment> {
    const samples = recording instanceof Float32Array ? recording.slice() : mixedDown(recording);
    const rate = recording instanceof Float32Array ? rateHz : recording.sampleRate;
    if (rate === undefined)
      throw new InputError('rate of the samples is missing', {
        where: 'enroll',
        expected: 'a rate in hertz beside a Float32Array',
        got: 'none',
      });
    const enrollment = await this.#ask((api) => api.enroll(transfer(samples, [samples.buffer]), rate));
    if (use) await this.setClue(enrollment.embedding);
    return enrollment;
  }

  /** The clue to follow from the next hop on: what `enroll` gave, now or earlier, with the same model. */
  async setClue(embedding: Float32Array): Promise<void> {
    await this.#ask((api) => api.setClue(embedding));
    this.#hasClue = true;
  }

  /**
   * Takes its input from a stream, a node of this extractor's context, or the microphone where none is given; runs until `stop`.
   * What ran before ends. Rejects with MicrophoneError, AudioContextError or InputError; nothing runs then.
   * Call it from a user's gesture, else the browser may not let the context run.
   */
  start(input?: MediaStream | AudioNode): Promise<void> {
    return this.#inOrder(() => this.#start(input));
  }

  /** The input is let go; a microphone that the extractor opened is closed. */
  stop(): Promise<void> {
    return this.#inOrder(() => this.#stop());
  }

  /** Forgets what was heard so far. */
  async reset(): Promise<void> {
    await this.#ask((api) => api.reset());
  }

  /** A whole recording: its estimate, of the same length and aligned. Not while it runs. */
  async extract(mixture: Float32Array, rateHz: number): Promise<Float32Array> {
    const samples = mixture.slice();
    return this.#ask((api) => api.extract(transfer(samples, [samples.buffer]), rateHz));
  }

  async stats(): Promise<ExtractorStats> {
    const worker = await this.#ask((api) => api.stats());
    const { missedQuanta, ...counts } = (await this.#run?.graph.counts()) ?? NO_COUNTS;
    return {
      ...worker,
      ...counts,
      nonFinite: worker.nonFinite + counts.nonFinite,
      missedDeadlines: missedQuanta,
      latencyMs: this.latencyMs,
      rateHz: this.context.sampleRate,
      transport: this.transport,
    };
  }

  /** RMS (over 0.1 s) and peak of what goes in and what comes out, linear. Cheap: for every frame of a display. */
  levels(): Levels {
    return this.#run?.graph.levels() ?? NO_LEVELS;
  }

  /** Returns what stops the listening. */
  on<Type extends keyof ExtractorEvents>(
    type: Type,
    listener: (event: ExtractorEvents[Type]) => void,
  ): () => void {
    const handle = (event: Event) => listener((event as CustomEvent<ExtractorEvents[Type]>).detail);
    this.#events.addEventListener(type, handle);
    return () => this.#events.removeEventListener(type, handle);
  }

  /** Ends everything: worker, nodes, tracks, and the context if the extractor made it. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    await this.stop();
    this.#disposed = true;
    await this.#patiently((api) => api.dispose());
    this.#connection.terminate();
    this.track.stop();
    this.output.disconnect();
    this.input.disconnect();
    if (this.#options.context === undefined) await this.context.close();
  }

  /** For createExtractor: what the worker tells by itself. */
  receive(event: WorkerEvent): void {
    if (event.type === 'recovered') this.#emit('recovered', { backend: event.backend, reason: event.reason });
    else this.#fail(errorFromWire(event.error as ErrorOnTheWire));
  }

  async #start(input: MediaStream | AudioNode | undefined): Promise<void> {
    await this.#stop();
    this.#refuseIfDisposed();
    if (!this.#hasClue)
      throw new InputError('no voice is enrolled', {
        where: 'start',
        remedy: 'Enroll a voice, or set a clue, first',
      });
    if (input instanceof AudioNode && input.context !== this.context)
      throw new InputError('node is of another context', {
        where: 'start',
        expected: 'a node of extractor.context',
        got: 'a node of another AudioContext',
        remedy: 'Pass your context to createExtractor',
      });
    const stream = input instanceof AudioNode ? undefined : (input ?? (await openMicrophone()));
    const closeMicrophone = () => {
      if (input === undefined) stream?.getTracks().forEach((track) => track.stop());
    };
    try {
      await this.#resume();
      const source =
        input instanceof AudioNode
          ? input
          : new MediaStreamAudioSourceNode(this.context, { mediaStream: stream! });
      const graph = await AudioGraph.create({
        context: this.context,
        transport: this.transport,
        delaySamples: this.latencySamples,
        missedPolicy: this.#missedPolicy,
        bypass: this.#bypass,
        attach: (link) => this.#attach(link),
      });
      const forget = watch(stream, () => this.#fail(unplugged()));
      this.#run = {
        graph,
        source,
        release: () => {
          forget();
          closeMicrophone();
        },
      };
      source.connect(this.input);
      this.input.connect(graph.node);
      graph.node.connect(this.output);
      this.#emit('statechange', { state: 'running' });
    } catch (error) {
      closeMicrophone();
      await this.#patiently((api) => api.detach());
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.source.disconnect(this.input);
    this.input.disconnect(run.graph.node);
    run.graph.stop();
    run.release();
    await this.#patiently((api) => api.detach());
    this.#emit('statechange', { state: 'stopped' });
  }

  #attach(link: AudioLink): Promise<void> {
    const handed = link.kind === 'port' ? transfer(link, [link.port as MessagePort]) : link;
    return this.#ask((api) => api.attach(handed, this.context.sampleRate, this.#slackSamples));
  }

  async #resume(): Promise<void> {
    if (this.context.state === 'running') return;
    if (this.context.state === 'closed')
      throw new AudioContextError('is closed', { where: 'AudioContext', remedy: 'Create another extractor' });
    const resumed = this.context.resume().then(() => true);
    if (await Promise.race([resumed, after(3000)])) return;
    throw new AudioContextError('does not run', {
      where: 'AudioContext',
      expected: "state 'running'",
      got: `state '${this.context.state}'`,
      remedy: 'Start from a click or a key, and check that there is an audio output',
    });
  }

  /** Asks the worker; fails with it instead of waiting for ever. */
  #ask<Value>(question: (api: WorkerConnection['api']) => Promise<Value>): Promise<Value> {
    this.#refuseIfDisposed();
    return Promise.race([question(this.#connection.api), this.#connection.failed]);
  }

  /** For what must end either way: a worker that hangs or failed keeps the page waiting for a second, no longer. */
  async #patiently(question: (api: WorkerConnection['api']) => Promise<void>): Promise<void> {
    await Promise.race([
      question(this.#connection.api).catch(() => {}),
      this.#connection.failed.catch(() => {}),
      after(1000),
    ]);
  }

  #inOrder(task: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(task);
    this.#queue = done.catch(() => {});
    return done;
  }

  #fail(error: Error): void {
    if (this.#disposed) return;
    void this.stop();
    this.#emit('error', { error });
  }

  #refuseIfDisposed(): void {
    if (this.#disposed)
      throw new InputError('extractor is disposed', { where: 'extractor', remedy: 'Create another one' });
  }

  #emit<Type extends keyof ExtractorEvents>(type: Type, detail: ExtractorEvents[Type]): void {
    this.#events.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function defaultWorker(): Worker {
  return new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'crossmamba' });
}

function createContext(latencyHint: AudioContextLatencyCategory | number): AudioContext {
  if (typeof AudioContext !== 'function')
    throw new AudioContextError('is missing', {
      where: 'AudioContext',
      expected: `a browser with Web Audio at ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz`,
      got: navigator.userAgent,
    });
  return new AudioContext({ latencyHint });
}

/** One channel of any number: their mean, as the audio thread takes it. */
function mixedDown(buffer: AudioBuffer): Float32Array<ArrayBuffer> {
  const mixture = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let n = 0; n < mixture.length; n++) mixture[n] += samples[n] / buffer.numberOfChannels;
  }
  return mixture;
}

/** Calls back once when a stream's sound ends by itself; returns what stops the watching. */
function watch(stream: MediaStream | undefined, onEnded: () => void): () => void {
  const track = stream?.getAudioTracks()[0];
  track?.addEventListener('ended', onEnded);
  return () => track?.removeEventListener('ended', onEnded);
}

function unplugged(): MicrophoneError {
  return new MicrophoneError('stopped', {
    where: 'microphone',
    got: "the end of the input's track",
    remedy: 'Plug it in again, or choose another, then start again',
  });
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
