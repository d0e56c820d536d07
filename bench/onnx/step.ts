// Runs one hop of an ONNX file in ONNX Runtime Web: the same work around the network as the backends do, states fed back as they come.
import type * as Ort from 'onnxruntime-web';
import { computeClueTerms } from '../../src/shared/clue-terms.ts';
import { computeFeatures, FEATURES_PER_BIN, RunningLevel } from '../../src/shared/features.ts';
import type { Model } from '../../src/shared/model.ts';
import { remember, type LayerCache } from './attention-cache.ts';
import type { GraphFile } from './graph.ts';

export type Provider = 'wasm' | 'webgpu';

const CLUE = ['clue_bands', 'clue_wide'];
const NEXT = 'next_';

export class OnnxStep {
  readonly #ort: typeof Ort;
  readonly #session: Ort.InferenceSession;
  readonly #file: GraphFile;
  readonly #model: Model;
  readonly #level: RunningLevel;
  readonly #features: Float32Array<ArrayBuffer>;
  readonly #feeds: Record<string, Ort.Tensor> = {};
  #outputs: Ort.InferenceSession.ReturnType | undefined;
  /** Where the caches of keys and values are written next. */
  #oldest = 0;

  private constructor(ort: typeof Ort, session: Ort.InferenceSession, file: GraphFile, model: Model) {
    this.#ort = ort;
    this.#session = session;
    this.#file = file;
    this.#model = model;
    const { hop, sample_rate, frame } = model.config;
    this.#level = new RunningLevel(hop, sample_rate);
    this.#features = new Float32Array(FEATURES_PER_BIN * (frame / 2 + 1));
    this.#feeds.features = this.#tensor('features', this.#features);
    for (const [name, shape] of file.inputs)
      if (name !== 'features' && !CLUE.includes(name))
        this.#feeds[name] = this.#tensor(name, new Float32Array(shape.reduce((a, b) => a * b)));
  }

  /** The states stay on the GPU where it computes. */
  static async create(ort: typeof Ort, provider: Provider, file: GraphFile, model: Model): Promise<OnnxStep> {
    const session = await ort.InferenceSession.create(file.bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(provider === 'webgpu'
        ? {
            preferredOutputLocation: Object.fromEntries(
              [...file.outputs.keys()].map((name) => [name, name === 'mask' ? 'cpu' : 'gpu-buffer'] as const),
            ),
          }
        : {}),
    });
    return new OnnxStep(ort, session, file, model);
  }

  setClue(embedding: Float32Array): void {
    const { scale, shift, blocks } = computeClueTerms(this.#model, embedding);
    const terms = {
      clue_bands: joined([scale, shift, ...blocks.map(({ bandQuery }) => bandQuery)]),
      clue_wide: joined(blocks.map(({ fullBandQuery }) => fullBandQuery)),
    };
    for (const [name, data] of Object.entries(terms)) this.#feeds[name] = this.#tensor(name, data);
  }

  /** `spectrum` and `estimate` [bins, 2]. */
  async step(spectrum: Float32Array, estimate: Float32Array): Promise<void> {
    computeFeatures(spectrum, this.#level.update(spectrum), this.#features);
    const outputs = await this.#session.run(this.#feeds);
    const mask = outputs.mask.data as Float32Array;
    for (let n = 0; n < spectrum.length; n += 2) {
      estimate[n] = mask[n] * spectrum[n] - mask[n + 1] * spectrum[n + 1];
      estimate[n + 1] = mask[n] * spectrum[n + 1] + mask[n + 1] * spectrum[n];
    }
    this.#feedBack(outputs);
  }

  /** A value that the last step gave. */
  output(name: string): Float32Array {
    return this.#outputs![name].data as Float32Array;
  }

  async destroy(): Promise<void> {
    await this.#session.release();
  }

  #feedBack(outputs: Ort.InferenceSession.ReturnType): void {
    for (const name of this.#file.outputs.keys()) {
      if (!name.startsWith(NEXT)) continue;
      const state = name.slice(NEXT.length);
      if (!(state in this.#feeds)) continue;
      const before = this.#feeds[state];
      this.#feeds[state] = outputs[name];
      if (before.location === 'gpu-buffer') before.dispose();
    }
    if (this.#file.inputs.has('keys.0.bands')) this.#remember(outputs);
    this.#outputs = outputs;
  }

  /** This hop's keys and values go into every layer's ring. */
  #remember(outputs: Ort.InferenceSession.ReturnType): void {
    let hops = 1;
    for (const place of ['full_band', 'bands']) {
      const keys = outputs[`${NEXT}keys.${place}`].data as Float32Array; // [layers · S, d]
      const values = outputs[`${NEXT}values.${place}`].data as Float32Array;
      for (let block = 0; block < this.#model.config.extractor.layers; block++) {
        const held = this.#feeds[`keys.${block}.${place}`];
        const sizes = held.dims as unknown as LayerCache['sizes'];
        const cache = {
          keys: held.data as Float32Array,
          values: this.#feeds[`values.${block}.${place}`].data as Float32Array,
          sizes,
        };
        hops = sizes[2];
        const from = block * sizes[0] * sizes[1];
        const to = from + sizes[0] * sizes[1];
        remember(cache, this.#oldest, keys.subarray(from, to), values.subarray(from, to));
      }
    }
    this.#oldest = (this.#oldest + 1) % hops;
  }

  #tensor(name: string, data: Float32Array<ArrayBuffer>): Ort.Tensor {
    return new this.#ort.Tensor('float32', data, this.#file.inputs.get(name));
  }
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
