// The engine on whole files: the same classes that the worker runs live.
import type { EngineCounters } from '../src/worker/engine.ts';
import type { Backend, BackendName } from '../src/shared/backend.ts';
import { EnrollmentError, WebGpuUnavailableError } from '../src/shared/errors.ts';
import type { Model } from '../src/shared/model.ts';
import type { BackendChoice, EnrollmentReport } from '../src/shared/protocol.ts';
import { joinedReport, meanEmbedding } from '../src/shared/takes.ts';
import { AdaptingBackend, type AdaptableBackend } from '../src/worker/adapting-backend.ts';
import { createClueNetwork } from '../src/worker/clue-network.ts';
import { createBackend } from '../src/worker/create-backend.ts';
import { Engine } from '../src/worker/engine.ts';
import { checkInSlices, encodeInSlices } from '../src/worker/enroll.ts';
import { HEARD_FIRST_S } from '../src/worker/extract-recording.ts';
import { loadModel } from '../src/worker/load-model.ts';
import { StreamExtractor } from '../src/worker/stream-extractor.ts';
import type { Recording } from './files.ts';
import { folderSource } from './folder-source.ts';
import { findNodeGpu } from './node-gpu.ts';

const CHUNK_S = 0.25;

export interface FileExtractorOptions {
  /** Folder of the model. */
  readonly model: string;
  readonly backend: BackendChoice;
  /** Let the clue follow what the mixture holds, as the live stream does. */
  readonly adaptation: boolean;
  /** Hear the beginning of a mixture before it is extracted, as the live stream cannot. */
  readonly hearFirst: boolean;
}

/** A mixture that is read piece by piece. */
export interface SampleSource {
  readonly rateHz: number;
  readonly samples: number;
  /** Samples from `start` on → `into`, until that is full. */
  read(start: number, into: Float32Array): void;
}

export class FileExtractor {
  /** What computes, and why it was taken where there was a choice. */
  readonly backendReason: string;
  #audioS = 0;
  #processingS = 0;
  readonly #model: Model;
  readonly #backend: Backend;
  /** What the engine steps: the backend, adapting or as it is. */
  readonly #stepping: AdaptableBackend;
  readonly #engine: Engine;

  private constructor(
    model: Model,
    backend: Backend,
    stepping: AdaptableBackend,
    backendReason: string,
    /** Whether the beginning of a mixture is heard before it is extracted. */
    readonly hearsFirst: boolean,
  ) {
    this.#model = model;
    this.#backend = backend;
    this.#stepping = stepping;
    this.#engine = new Engine(stepping, model);
    this.backendReason = backendReason;
  }

  /** Throws ModelFileError; WebGpuUnavailableError or WasmUnavailableError where one was asked for and cannot be had. */
  static async open(options: FileExtractorOptions): Promise<FileExtractor> {
    const model = await loadModel(folderSource(options.model));
    const gpu = usesGpu(options.backend) ? await gpuFor(options.backend) : undefined;
    const { backend, reason } = await createBackend(options.backend, model, { gpu });
    const stepping = options.adaptation
      ? await AdaptingBackend.create(backend, model, createClueNetwork)
      : backend;
    const why = options.backend === 'auto' ? reason : backend.description;
    return new FileExtractor(model, backend, stepping, why, options.hearFirst);
  }

  get modelName(): string {
    return this.#model.config.name;
  }

  get backendName(): BackendName {
    return this.#backend.name;
  }

  /** Whether the clue follows what the mixture holds. */
  get adapts(): boolean {
    return this.#stepping !== this.#backend;
  }

  get counters(): EngineCounters {
    return this.#engine.counters;
  }

  /** Seconds of work for a second of mixture, over everything extracted; enrollments apart. null before the first. */
  get realTimeFactor(): number | null {
    return this.#audioS === 0 ? null : this.#processingS / this.#audioS;
  }

  /** Takes the clue from one or more enrollments of the voice. Throws EnrollmentError that names the file. */
  async enroll(takes: readonly Recording[]): Promise<EnrollmentReport> {
    const reports: EnrollmentReport[] = [];
    const embeddings: Float32Array[] = [];
    for (const { file, samples, rateHz } of takes)
      try {
        reports.push(await checkInSlices(samples, rateHz));
        embeddings.push(await encodeInSlices(this.#model, samples, rateHz));
      } catch (error) {
        throw ofFile(error, file);
      }
    this.#stepping.setClue(meanEmbedding(embeddings));
    return joinedReport(reports);
  }

  /**
   * Mixture [samples] → estimate [samples], aligned with it, from a fresh start.
   * @param mixture that readMixture or checkMixture has let through.
   * @param onProgress is told the share that is done.
   */
  async extract(mixture: Recording, onProgress: (share: number) => void = () => {}): Promise<Float32Array> {
    const { samples, rateHz } = mixture;
    const estimate = new Float32Array(samples.length);
    await this.extractPieces(
      {
        rateHz,
        samples: samples.length,
        read: (start, into) => into.set(samples.subarray(start, start + into.length)),
      },
      (start, piece) => {
        estimate.set(piece, start);
        onProgress((start + piece.length) / samples.length);
      },
    );
    return estimate;
  }

  /**
   * As extract, piece by piece, in memory that does not grow with the mixture.
   * @param take is given the estimate's pieces in order: where one starts, and its samples, which are overwritten afterwards.
   */
  async extractPieces(
    mixture: SampleSource,
    take: (start: number, piece: Float32Array) => Promise<void> | void,
  ): Promise<void> {
    const { samples, rateHz } = mixture;
    this.#engine.reset();
    const first = Math.min(samples, Math.round(HEARD_FIRST_S * rateHz));
    if (this.hearsFirst) await this.#run(mixture, first, () => {});
    await this.#run(mixture, samples, take);
    this.#audioS += samples / rateHz;
  }

  /** The first `samples` of the mixture, by an engine that goes on from where it is. */
  async #run(
    mixture: SampleSource,
    samples: number,
    take: (start: number, piece: Float32Array) => Promise<void> | void,
  ): Promise<void> {
    const stream = new StreamExtractor(this.#engine, mixture.rateHz);
    const chunk = new Float32Array(Math.min(samples, Math.ceil(CHUNK_S * mixture.rateHz)));
    const piece = new Float32Array(chunk.length);
    let pulled = 0;
    const hand = async () => {
      for (let count = stream.pull(piece); count > 0; count = stream.pull(piece)) {
        await take(pulled, piece.subarray(0, count));
        pulled += count;
      }
    };
    for (let start = 0; start < samples; start += chunk.length) {
      const next = chunk.subarray(0, Math.min(chunk.length, samples - start));
      mixture.read(start, next);
      await this.#timed(() => stream.push(next));
      await hand();
    }
    await this.#timed(() => stream.flush());
    await hand();
  }

  async #timed(work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    this.#processingS += (performance.now() - began) / 1000;
  }

  destroy(): void {
    this.#backend.destroy();
  }
}

/** What is wrong with an enrollment, said of its file; the engine knows none and thinks of a microphone. */
function ofFile(error: unknown, file: string): unknown {
  if (!(error instanceof EnrollmentError)) return error;
  return new EnrollmentError(error.what, {
    ...error.details,
    where: error.details.where?.replace('enrollment', () => file),
    remedy: 'Give another recording: a few seconds of the wanted voice alone, loud enough and not clipped.',
  });
}

function usesGpu(choice: BackendChoice): boolean {
  return choice === 'auto' || choice === 'webgpu';
}

async function gpuFor(choice: BackendChoice): Promise<GPU | undefined> {
  const { gpu, reason } = await findNodeGpu();
  if (gpu === undefined && choice === 'webgpu')
    throw new WebGpuUnavailableError('there is no WebGPU in Node', {
      where: '--backend webgpu',
      expected: 'npm package webgpu and a Vulkan driver',
      got: reason,
      remedy: 'Install them, or take --backend wasm.',
    });
  return gpu;
}
