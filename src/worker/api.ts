// What the worker does for the page: owns model, backend and clue, and runs either the live stream or one file at a time.
import { HOP_SAMPLES, MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import { clueCosine } from '../shared/clue-cosine.ts';
import { AbortError, InputError } from '../shared/errors.ts';
import type { LoadedModel, Model } from '../shared/model.ts';
import { PortRing } from '../shared/port-ring.ts';
import type {
  AudioLink,
  BackendChoice,
  Enrollment,
  EnrollmentReport,
  ExtractionRequest,
  LoadOptions,
  LoadReport,
  ModelAddress,
  ModelOrigin,
  ProgressCallback,
  ShareCallback,
  WorkerApi,
  WorkerEvent,
  WorkerStats,
} from '../shared/protocol.ts';
import { errorToWire } from '../shared/protocol-errors.ts';
import { RingReader, RingWriter } from '../shared/ring.ts';
import { AdaptingBackend, type AdaptableBackend } from './adapting-backend.ts';
import { checkChoice } from './backend-options.ts';
import type { ClueNetwork } from './clue-encoder.ts';
import { Engine } from './engine.ts';
import { extractRecording } from './extract-recording.ts';
import { LiveEngine } from './live-engine.ts';
import { Live } from './live.ts';
import { RunningBackend, type BackendSource } from './running-backend.ts';
import { StreamExtractor } from './stream-extractor.ts';

/** What the worker is made of; tests put others in. */
export interface WorkerParts extends BackendSource {
  loadModel(
    address: ModelAddress,
    options: LoadOptions & { onProgress(progress: { loadedBytes: number; totalBytes: number }): void },
  ): Promise<{ readonly model: LoadedModel; readonly origin: ModelOrigin }>;
  /** Both let hops in between. */
  checkEnrollment(samples: Float32Array, rateHz: number): Promise<EnrollmentReport>;
  encodeClue(model: Model, samples: Float32Array, rateHz: number): Promise<Float32Array>;
  createClueNetwork(model: Model): Promise<ClueNetwork>;
}

const STARTING = 'the live stream is being started';

interface Loaded {
  readonly model: LoadedModel;
  readonly origin: ModelOrigin;
  readonly running: RunningBackend;
  /** What the engine steps: `running`'s, adapting or as it is. */
  readonly backend: AdaptableBackend;
  readonly engine: LiveEngine;
}

interface Stream {
  readonly live: Live;
  readonly extractor: StreamExtractor;
}

type StreamFigures = Omit<WorkerStats, 'backend' | 'reason'>;

export class WorkerCore implements WorkerApi {
  readonly #parts: WorkerParts;
  #loaded: Loaded | undefined;
  #loading = false;
  #clue: Float32Array | undefined;
  #stream: Stream | undefined;
  /** The end of the stream before: until its last step is done nothing else may be computed. */
  #ending: Promise<void> | undefined;
  /** Of the stream that ended last. */
  #last: StreamFigures | undefined;
  /** The newest `attach`, until `detach`. */
  #attachment: object | undefined;
  /** Recoveries before the stream began. */
  #recoveredBefore = 0;
  /** What holds the engine for now, in words. */
  #busy: string | undefined;
  #task: Promise<unknown> | undefined;
  #extraction: { readonly id: number; isCancelled: boolean } | undefined;
  #onEvent: (event: WorkerEvent) => void = () => {};

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  async load(
    address: ModelAddress,
    choice: BackendChoice,
    options: LoadOptions,
    onProgress?: ProgressCallback,
  ): Promise<LoadReport> {
    if (this.#loaded !== undefined || this.#loading)
      throw new InputError('a model is loaded already', { where: 'worker', remedy: 'Use another worker' });
    checkChoice(choice); // before a model is fetched for it
    this.#loading = true;
    try {
      const { model, origin } = await this.#parts.loadModel(address, {
        ...options,
        onProgress: ({ loadedBytes, totalBytes }) => onProgress?.(loadedBytes, totalBytes),
      });
      const running = await RunningBackend.create(choice, model, this.#parts, (lost) => this.#tell(lost));
      const backend = options.adaptation
        ? await AdaptingBackend.create(running.backend, model, (of) => this.#parts.createClueNetwork(of))
        : running.backend;
      this.#loaded = { model, origin, running, backend, engine: new LiveEngine(new Engine(backend, model)) };
      return this.#report();
    } finally {
      this.#loading = false;
    }
  }

  async setBackend(choice: BackendChoice): Promise<LoadReport> {
    await this.#need().running.change(choice);
    return this.#report();
  }

  async enroll(samples: Float32Array, rateHz: number): Promise<Enrollment> {
    const { model } = this.#need();
    const report = await this.#parts.checkEnrollment(samples, rateHz);
    const embedding = await this.#parts.encodeClue(model, samples, rateHz);
    return { embedding, clueEncoder: model.clueEncoder, report };
  }

  async setClue(embedding: Float32Array): Promise<void> {
    const { model, backend } = this.#need();
    const expected = model.config.extractor.embedding;
    let [energy, least] = [0, 0];
    for (const value of embedding) {
      energy += value * value;
      least = Math.min(least, value);
    }
    // Clue encoders end in a relu: what is below 0 is no clue of theirs.
    if (embedding.length !== expected || !(Math.abs(energy - 1) < 1e-2) || least < 0)
      throw new InputError('clue does not fit the model', {
        where: 'setClue',
        expected: `${expected} values from 0 on, of unit length`,
        got: `${embedding.length} values of length ${Math.sqrt(energy)}${least < 0 ? `, down to ${least}` : ''}`,
        remedy: 'Enroll the voice again with this model',
      });
    backend.setClue(embedding);
    this.#clue = embedding;
  }

  async forgetClue(): Promise<void> {
    this.#clue = undefined;
  }

  async speakerSimilarity(): Promise<number | null> {
    const { model, engine } = this.#need();
    const newest = engine.newest.copy();
    if (newest === null || this.#clue === undefined) return null;
    // Of exact silence there is no clue.
    if (newest.every((sample) => sample === 0)) return null;
    return clueCosine(this.#clue, await this.#parts.encodeClue(model, newest, MODEL_RATE_HZ));
  }

  async attach(link: AudioLink, rateHz: number, slackSamples: number): Promise<void> {
    const attachment = (this.#attachment = {});
    this.#last = undefined;
    const checkWanted = () => {
      if (this.#attachment === attachment) return;
      throw new AbortError('was detached before it ran', { where: 'attach' });
    };
    await this.#endStream();
    checkWanted();
    const { engine } = this.#needClue('attach');
    const extractor = new StreamExtractor(engine, rateHz);
    await this.#whileBusy(STARTING, () => warmUp(engine));
    checkWanted();
    engine.hops = 0;
    this.#recoveredBefore = this.#recovered();
    const [capture, playback] = ends(link);
    const live = new Live(extractor, capture, playback, slackSamples);
    this.#stream = { live, extractor };
    live.start().catch((error) => {
      // Of one that was ended nobody wants to know how it ended.
      if (this.#stream?.live === live) this.#onEvent({ type: 'failed', error: errorToWire(error) });
    });
  }

  async growSlack(slackSamples: number): Promise<void> {
    this.#stream?.live.growSlack(slackSamples);
  }

  /** A stream that is only being started does not begin. */
  async detach(): Promise<void> {
    this.#attachment = undefined;
    await this.#endStream();
  }

  async reset(): Promise<void> {
    if (this.#stream !== undefined) this.#stream.live.requestReset();
    else if (this.#busy === undefined) this.#need().engine.reset();
  }

  async stats(): Promise<WorkerStats> {
    const { running } = this.#need();
    const ended = this.#stream === undefined ? this.#last : undefined;
    const figures = ended ?? this.#figures(this.#stream);
    return { backend: running.backend.name, reason: running.reason, ...figures };
  }

  async extract(
    { id, hearFirst }: ExtractionRequest,
    samples: Float32Array,
    rateHz: number,
    onProgress?: ShareCallback,
  ): Promise<Float32Array> {
    const { engine } = this.#needClue('extract');
    if (this.#stream !== undefined)
      throw new InputError('the live stream has the engine', { where: 'extract', remedy: 'Stop it first' });
    if (samples.length === 0)
      throw new InputError('mixture is empty', {
        where: 'extract',
        expected: 'at least one sample',
        got: '0',
      });
    const extraction = (this.#extraction = { id, isCancelled: false });
    return this.#whileBusy('a file is being extracted', async () => {
      await this.#leave(this.#ending);
      return extractRecording(engine, samples, rateHz, {
        hearFirst,
        onProgress,
        cancelled: () => extraction.isCancelled,
      });
    });
  }

  async cancelExtract(id: number): Promise<void> {
    if (this.#extraction?.id === id) await this.#cancelExtraction();
  }

  async listen(onEvent: (event: WorkerEvent) => void): Promise<void> {
    this.#onEvent = onEvent;
  }

  async dispose(): Promise<void> {
    await this.detach();
    await this.#cancelExtraction();
    this.#loaded?.running.destroy();
    this.#loaded = undefined;
    this.#clue = undefined;
  }

  /** Times that the estimate was not finite or a backend was lost, since the model was loaded. */
  #recovered(): number {
    const { running, engine } = this.#need();
    return engine.recoveries + running.backend.losses;
  }

  /** Before the first stream: of what was extracted. */
  #figures(stream: Stream | undefined): StreamFigures {
    const { engine } = this.#need();
    return {
      hops: engine.hops,
      skippedHops: stream?.extractor.missedHops ?? 0,
      droppedSamples: stream?.live.droppedSamples ?? 0,
      nonFinite: stream?.extractor.nonFinite ?? 0,
      recoveries: this.#recovered() - this.#recoveredBefore,
      step: engine.times.newestSteps.summary(),
      times: engine.times.report(),
    };
  }

  /** When it resolves, no stream has the engine, nor is one being started. */
  async #endStream(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) this.#ending = stream.live.stop();
    await this.#leave(this.#ending);
    if (stream !== undefined) this.#last = this.#figures(stream);
    if (this.#busy === STARTING) await this.#leave(this.#task);
  }

  async #cancelExtraction(): Promise<void> {
    if (this.#extraction !== undefined) this.#extraction.isCancelled = true;
    await this.#leave(this.#task);
  }

  /** Waits for the end of what is over as soon as its step is done; one that hangs is given up meanwhile. */
  async #leave(ending: Promise<unknown> | undefined): Promise<void> {
    const running = this.#loaded?.running;
    if (ending === undefined || running === undefined) return;
    running.leaving++;
    await ending.catch(() => {});
    running.leaving--;
  }

  #tell(lost: boolean): void {
    // Lost while nobody waited for the load: there is nothing to tell it of.
    if (this.#loaded === undefined) return;
    const { backend, reason } = this.#loaded.running;
    this.#onEvent({ type: 'backendchange', backend: backend.name, reason, lost });
  }

  async #whileBusy<Value>(why: string, task: () => Promise<Value>): Promise<Value> {
    this.#busy = why;
    const running = task();
    this.#task = running;
    try {
      return await running;
    } finally {
      this.#busy = this.#task = undefined;
    }
  }

  #report(): LoadReport {
    const { model, origin, running } = this.#need();
    const { backend, reason, trial } = running;
    const { config, clueEncoder } = model;
    return { model: config.name, clueEncoder, backend: backend.name, reason, trial, origin };
  }

  #need(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded;
    throw new InputError('no model is loaded', { where: 'worker', remedy: 'Call load first' });
  }

  #needClue(where: string): Loaded {
    const loaded = this.#need();
    if (this.#busy !== undefined) throw new InputError(this.#busy, { where, remedy: 'Wait for it to end' });
    if (this.#clue !== undefined) return loaded;
    throw new InputError('no voice is enrolled', { where, remedy: 'Call enroll and setClue first' });
  }
}

/** The first steps of a device are slow: they are taken before the stream begins. */
async function warmUp(engine: LiveEngine): Promise<void> {
  engine.reset();
  const silence = new Float32Array(HOP_SAMPLES);
  const estimate = new Float32Array(HOP_SAMPLES);
  for (let hop = 0; hop < 3; hop++) await engine.process(silence, estimate);
  engine.reset();
  engine.times.clear();
}

/** The worker's ends of a link: [what comes from the audio thread, what goes there]. */
function ends(link: AudioLink): [RingReader, RingWriter] | [PortRing, PortRing] {
  if (link.kind === 'ring') return [new RingReader(link.capture), new RingWriter(link.playback)];
  const ring = new PortRing(link.port, link.capacity);
  return [ring, ring];
}
