// The engine on whole files: the same classes that the worker runs live.
import type { EngineCounters } from '../src/worker/engine.ts';
import type { Backend, BackendName } from '../src/shared/backend.ts';
import { checkEnrollment } from '../src/shared/enrollment.ts';
import { InputError, WebGpuUnavailableError } from '../src/shared/errors.ts';
import type { Model } from '../src/shared/model.ts';
import type { BackendChoice, EnrollmentReport } from '../src/shared/protocol.ts';
import { resample } from '../src/shared/resampler.ts';
import { encodeClue } from '../src/worker/clue-encoder.ts';
import { createBackend } from '../src/worker/create-backend.ts';
import { Engine } from '../src/worker/engine.ts';
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
}

export class FileExtractor {
  /** Why this backend was taken. */
  readonly reason: string;
  #audioS = 0;
  #processingS = 0;
  readonly #model: Model;
  readonly #backend: Backend;
  readonly #engine: Engine;

  private constructor(model: Model, backend: Backend, reason: string) {
    this.#model = model;
    this.#backend = backend;
    this.#engine = new Engine(backend, model);
    this.reason = reason;
  }

  /** Throws ModelFileError; WebGpuUnavailableError or WasmUnavailableError where one was asked for and cannot be had. */
  static async open(options: FileExtractorOptions): Promise<FileExtractor> {
    const model = await loadModel(folderSource(options.model));
    const gpu = usesGpu(options.backend) ? await gpuFor(options.backend) : undefined;
    const { backend, reason } = await createBackend(options.backend, model, { gpu });
    return new FileExtractor(model, backend, reason);
  }

  get modelName(): string {
    return this.#model.config.name;
  }

  get backendName(): BackendName {
    return this.#backend.name;
  }

  get counters(): EngineCounters {
    return this.#engine.counters;
  }

  /** Seconds of work for a second of mixture, over everything extracted; enrollments apart. null before the first. */
  get realTimeFactor(): number | null {
    return this.#audioS === 0 ? null : this.#processingS / this.#audioS;
  }

  /** Takes the clue from an enrollment. Throws EnrollmentError. */
  enroll(enrollment: Recording): EnrollmentReport {
    const { samples, rateHz } = enrollment;
    const report = checkEnrollment(samples, rateHz);
    this.#backend.setClue(encodeClue(this.#model, resample(samples, rateHz, this.#model.config.sample_rate)));
    return report;
  }

  /**
   * Mixture [samples] → estimate [samples], aligned with it, from a fresh start.
   * @param onProgress is told the share that is done.
   * @throws InputError where the mixture has no samples, AudioContextError where its rate is not 8 to 192 kHz.
   */
  async extract(mixture: Recording, onProgress: (share: number) => void = () => {}): Promise<Float32Array> {
    const { samples, rateHz } = mixture;
    if (samples.length === 0)
      throw new InputError('the mixture is empty', {
        where: 'mixture',
        expected: 'at least one sample',
        got: '0',
        remedy: 'Give a recording that holds sound.',
      });
    const began = performance.now();
    const stream = new StreamExtractor(this.#engine, rateHz);
    stream.reset();
    const estimate = new Float32Array(samples.length);
    const chunkSamples = Math.ceil(CHUNK_S * rateHz);
    let pulled = 0;
    for (let start = 0; start < samples.length; start += chunkSamples) {
      await stream.push(samples.subarray(start, start + chunkSamples));
      pulled += stream.pull(estimate.subarray(pulled));
      onProgress(pulled / samples.length);
    }
    await stream.flush();
    stream.pull(estimate.subarray(pulled));
    this.#processingS += (performance.now() - began) / 1000;
    this.#audioS += samples.length / rateHz;
    onProgress(1);
    return estimate;
  }

  destroy(): void {
    this.#backend.destroy();
  }
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
