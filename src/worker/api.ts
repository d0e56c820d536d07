// What the worker does for the page: owns model, backend and clue, and runs either the live stream or one file at a time.
import { HOP_SAMPLES, MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import type { Backend } from '../shared/backend.ts';
import { AbortError, InputError, type DeviceLostError } from '../shared/errors.ts';
import type { Model } from '../shared/model.ts';
import { PortRing } from '../shared/port-ring.ts';
import type {
  AudioLink,
  BackendChoice,
  Enrollment,
  EnrollmentReport,
  LoadOptions,
  LoadReport,
  ProgressCallback,
  ShareCallback,
  WorkerApi,
  WorkerEvent,
  WorkerStats,
} from '../shared/protocol.ts';
import { errorToWire } from '../shared/protocol-errors.ts';
import { resample } from '../shared/resampler.ts';
import { RingReader, RingWriter } from '../shared/ring.ts';
import { LiveEngine, type CountingEngine } from './live-engine.ts';
import { Live } from './live.ts';
import { StreamExtractor } from './stream-extractor.ts';

/** Of a recording, between two looks at the page's messages. */
const CHUNK_S = 0.25;

/** What the worker is made of; tests put others in. */
export interface WorkerParts {
  loadModel(
    url: string,
    options: { onProgress(progress: { loadedBytes: number; totalBytes: number }): void },
  ): Promise<Model>;
  createBackend(choice: BackendChoice, model: Model): Promise<{ backend: Backend; reason: string }>;
  createEngine(backend: Backend, model: Model): CountingEngine;
  checkEnrollment(samples: Float32Array, rateHz: number): EnrollmentReport;
  encodeClue(model: Model, samples: Float32Array): Float32Array;
}

interface Loaded {
  readonly model: Model;
  backend: Backend;
  reason: string;
  engine: LiveEngine;
}

interface Stream {
  readonly live: Live;
  readonly extractor: StreamExtractor;
}

export class WorkerCore implements WorkerApi {
  readonly #parts: WorkerParts;
  #loaded: Loaded | undefined;
  #loading = false;
  #clue: Float32Array | undefined;
  #stream: Stream | undefined;
  /** What holds the engine for now, in words. */
  #busy: string | undefined;
  #task: Promise<unknown> | undefined;
  #cancelled = false;
  #onEvent: (event: WorkerEvent) => void = () => {};

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  async load(
    modelUrl: string,
    choice: BackendChoice,
    _options: LoadOptions,
    onProgress?: ProgressCallback,
  ): Promise<LoadReport> {
    if (this.#loaded !== undefined || this.#loading)
      throw new InputError('a model is loaded already', { where: 'worker', remedy: 'Use another worker' });
    this.#loading = true;
    try {
      const model = await this.#parts.loadModel(modelUrl, {
        onProgress: ({ loadedBytes, totalBytes }) => onProgress?.(loadedBytes, totalBytes),
      });
      const { backend, reason } = await this.#parts.createBackend(choice, model);
      this.#loaded = { model, backend, reason, engine: this.#createEngine(backend, model) };
      return this.#report();
    } finally {
      this.#loading = false;
    }
  }

  async setBackend(choice: BackendChoice): Promise<LoadReport> {
    const loaded = this.#need();
    const { backend, reason } = await this.#parts.createBackend(choice, loaded.model);
    if (this.#clue !== undefined) backend.setClue(this.#clue);
    backend.restore(await loaded.backend.snapshot());
    loaded.engine = this.#createEngine(backend, loaded.model);
    loaded.backend.destroy();
    loaded.backend = backend;
    loaded.reason = reason;
    this.#onEvent({ type: 'backendchange', backend: backend.name, reason, lost: false });
    return this.#report();
  }

  async enroll(samples: Float32Array, rateHz: number): Promise<Enrollment> {
    const { model } = this.#need();
    const report = this.#parts.checkEnrollment(samples, rateHz);
    return { embedding: this.#parts.encodeClue(model, resample(samples, rateHz, MODEL_RATE_HZ)), report };
  }

  async setClue(embedding: Float32Array): Promise<void> {
    const { model, backend } = this.#need();
    const expected = model.config.extractor.embedding;
    let energy = 0;
    for (const value of embedding) energy += value * value;
    if (embedding.length !== expected || !(Math.abs(energy - 1) < 1e-2))
      throw new InputError('clue does not fit the model', {
        where: 'setClue',
        expected: `${expected} values of unit length`,
        got: `${embedding.length} values of length ${Math.sqrt(energy)}`,
        remedy: 'Enroll the voice again with this model',
      });
    this.#clue = embedding;
    backend.setClue(embedding);
  }

  async attach(link: AudioLink, rateHz: number, slackSamples: number): Promise<void> {
    const { engine } = this.#needClue('attach');
    await this.detach();
    const extractor = new StreamExtractor(engine, rateHz);
    await this.#whileBusy('the live stream is being started', () => warmUp(engine));
    engine.hops = 0;
    const [capture, playback] = ends(link);
    const live = new Live(extractor, capture, playback, slackSamples);
    this.#stream = { live, extractor };
    live.start().catch((error) => this.#onEvent({ type: 'failed', error: errorToWire(error) }));
  }

  async detach(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.live.stop();
  }

  async reset(): Promise<void> {
    if (this.#stream !== undefined) this.#stream.live.requestReset();
    else if (this.#busy === undefined) this.#need().engine.reset();
  }

  async stats(): Promise<WorkerStats> {
    const { backend, reason, engine } = this.#need();
    return {
      backend: backend.name,
      reason,
      hops: engine.hops,
      skippedHops: this.#stream?.extractor.missedHops ?? 0,
      droppedSamples: this.#stream?.live.droppedSamples ?? 0,
      nonFinite: this.#stream?.extractor.nonFinite ?? 0,
      recoveries: engine.recoveries,
      step: engine.times.newestSteps.summary(),
      times: engine.times.report(),
    };
  }

  async extract(samples: Float32Array, rateHz: number, onProgress?: ShareCallback): Promise<Float32Array> {
    const { engine } = this.#needClue('extract');
    if (this.#stream !== undefined)
      throw new InputError('the live stream has the engine', { where: 'extract', remedy: 'Stop it first' });
    if (samples.length === 0)
      throw new InputError('mixture is empty', {
        where: 'extract',
        expected: 'at least one sample',
        got: '0',
      });
    return this.#whileBusy('a file is being extracted', async () => {
      const extractor = new StreamExtractor(engine, rateHz);
      extractor.reset();
      const estimate = new Float32Array(samples.length);
      const chunkSamples = Math.ceil(CHUNK_S * rateHz);
      let pulled = 0;
      this.#cancelled = false;
      try {
        for (let start = 0; start < samples.length; start += chunkSamples) {
          await extractor.push(samples.subarray(start, start + chunkSamples));
          pulled += extractor.pull(estimate.subarray(pulled));
          onProgress?.(pulled / samples.length);
          await lookAtMessages();
          if (this.#cancelled) throw new AbortError('was cancelled', { where: 'extract' });
        }
        await extractor.flush();
        extractor.pull(estimate.subarray(pulled));
        onProgress?.(1);
      } finally {
        engine.reset();
      }
      // A hop that was lost with its device is silent.
      return estimate.map((sample) => (Number.isNaN(sample) ? 0 : sample));
    });
  }

  async cancelExtract(): Promise<void> {
    this.#cancelled = true;
    await this.#task?.catch(() => {});
  }

  async listen(onEvent: (event: WorkerEvent) => void): Promise<void> {
    this.#onEvent = onEvent;
  }

  async dispose(): Promise<void> {
    await this.detach();
    this.#loaded?.backend.destroy();
    this.#loaded = undefined;
    this.#clue = undefined;
  }

  #createEngine(backend: Backend, model: Model): LiveEngine {
    return new LiveEngine(this.#parts.createEngine(backend, model), (lost) => this.#takeOver(lost));
  }

  /** The device is gone: the processor carries on, from where the lost one was if that can still be read. */
  async #takeOver(lost: DeviceLostError): Promise<CountingEngine> {
    const loaded = this.#need();
    const { backend } = await this.#parts
      .createBackend('wasm', loaded.model)
      .catch(() => this.#parts.createBackend('reference', loaded.model));
    if (this.#clue !== undefined) backend.setClue(this.#clue);
    const state = await loaded.backend.snapshot().catch(() => undefined);
    if (state !== undefined) backend.restore(state);
    loaded.backend.destroy();
    loaded.backend = backend;
    loaded.reason = `the device of the first backend was lost (${lost.message})`;
    this.#onEvent({ type: 'backendchange', backend: backend.name, reason: loaded.reason, lost: true });
    return this.#parts.createEngine(backend, loaded.model);
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
    const { model, backend, reason } = this.#need();
    return {
      model: model.config.name,
      backend: backend.name,
      reason,
      trial: null,
      origin: { weights: 'network', offline: false, cacheProblem: null },
    };
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

/** A turn of the event loop: what the page asked for meanwhile is seen. */
function lookAtMessages(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
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
