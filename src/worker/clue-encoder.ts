// The clue encoder: an enrollment becomes one embedding. The same CrossMamba layers; the query is the signal itself.
import { CrossMambaLayer } from './reference/cross-mamba-layer.ts';
import { LayerNorm, Linear } from './reference/linear.ts';
import { Weights } from './reference/weights.ts';
import { EnrollmentError } from '../shared/errors.ts';
import { computeLogMagnitudes, RunningLevel } from '../shared/features.ts';
import type { Model, ModelConfig } from '../shared/model.ts';
import { StreamingStft } from '../shared/stft.ts';

const VARIANCE_FLOOR = 1e-6;
const LENGTH_FLOOR = 1e-9;

/**
 * An enrollment → the clue.
 * @param samples mono, at the model's rate; what does not fill a last hop is left out. Finite (see checkEnrollment).
 * @param network serves nobody else meanwhile; the reference where there is none.
 * @returns [embedding], of unit length.
 * @throws EnrollmentError where there is not one whole hop or nothing came out of it.
 */
export function encodeClue(model: Model, samples: Float32Array, network?: ClueNetwork): Float32Array {
  const encoding = new ClueEncoding(model, samples, network);
  while (encoding.step());
  return encoding.clue();
}

/** The recurrence over the frames of one enrollment, wherever it runs (also wasm/clue-network.ts). */
export interface ClueNetwork {
  /** Back to the state before the first frame. */
  reset(): void;
  /** attention · h of the last step. */
  readonly score: number;
  /** `logMagnitudes` [bins] of a frame → h [d], valid until the next step; `score` is set. */
  step(logMagnitudes: Float32Array): Float32Array;
  /** output · `statistics` [2 · d] → [embedding], valid until the next call. */
  output(statistics: Float32Array): Float32Array;
}

/** A voice heard spectrum by spectrum. */
export class ClueListener {
  readonly #network: ClueNetwork;
  readonly #level: RunningLevel;
  readonly #logMagnitudes: Float32Array; // [bins]
  readonly #pool: AttentionPool;

  /**
   * @param network serves nobody else.
   * @param memoryHops what is older than so many hops fades away.
   */
  constructor({ config }: Model, network: ClueNetwork, memoryHops = Infinity) {
    this.#network = network;
    this.#level = new RunningLevel(config.hop, config.sample_rate);
    this.#logMagnitudes = new Float32Array(config.frame / 2 + 1);
    this.#pool = new AttentionPool(config.clue_encoder.d_model, memoryHops);
    this.reset();
  }

  /** `spectrum` [bins, 2] of the next hop; `share`, 0 … 1: how much it counts. */
  hear(spectrum: Float32Array, share = 1): void {
    computeLogMagnitudes(spectrum, this.#level.update(spectrum), this.#logMagnitudes);
    this.#pool.add(this.#network.step(this.#logMagnitudes), this.#network.score, share);
  }

  /** Of the hops so far, of unit length. Throws EnrollmentError where nothing came out of them. */
  clue(): Float32Array {
    return unitClue(this.#network.output(this.#pool.statistics()));
  }

  reset(): void {
    this.#network.reset();
    this.#level.reset();
    this.#pool.reset();
  }
}

/** An enrollment, a hop at a time, for who has other things to do in between. */
export class ClueEncoding {
  readonly #samples: Float32Array;
  readonly #hop: number;
  readonly #hops: number;
  readonly #stft: StreamingStft;
  readonly #spectrum: Float32Array; // [bins, 2]
  readonly #listener: ClueListener;
  #t = 0;

  /** `network` serves nobody else meanwhile. Throws EnrollmentError where there is not one whole hop. */
  constructor(model: Model, samples: Float32Array, network: ClueNetwork = new ReferenceClueNetwork(model)) {
    const { config } = model;
    this.#samples = samples;
    this.#hop = config.hop;
    this.#hops = Math.floor(samples.length / config.hop);
    if (this.#hops === 0)
      throw new EnrollmentError('is too short', {
        where: 'enrollment',
        expected: `at least ${config.hop} samples`,
        got: `${samples.length}`,
        remedy: 'Record a few seconds of speech.',
      });
    this.#stft = new StreamingStft(config);
    this.#spectrum = new Float32Array(2 * this.#stft.bins);
    this.#listener = new ClueListener(model, network);
  }

  /** Takes the next hop; false where there is none. */
  step(): boolean {
    if (this.#t === this.#hops) return false;
    const start = this.#t++ * this.#hop;
    this.#stft.push(this.#samples.subarray(start, start + this.#hop), this.#spectrum);
    this.#listener.hear(this.#spectrum);
    return true;
  }

  /** Of the hops so far. Throws EnrollmentError where nothing came out of them. */
  clue(): Float32Array {
    return this.#listener.clue();
  }
}

/** In plain TypeScript. */
export class ReferenceClueNetwork implements ClueNetwork {
  /** attention · h of the last step. */
  score = 0;
  readonly #input: Linear;
  readonly #normIn: LayerNorm;
  readonly #layers: readonly { readonly norm: LayerNorm; readonly mamba: CrossMambaLayer }[];
  readonly #normOut: LayerNorm;
  readonly #attention: Linear;
  readonly #output: Linear;
  readonly #x: Float32Array; // [d]
  readonly #h: Float32Array; // [d]
  readonly #score = new Float32Array(1);
  readonly #embedding: Float32Array; // [embedding]

  constructor(model: Model) {
    const { frame, clue_encoder: config }: ModelConfig = model.config;
    const weights = new Weights(model, 'clue_encoder');
    const d = config.d_model;
    const bins = frame / 2 + 1;
    this.#input = new Linear(weights.in('input'), bins, d);
    this.#normIn = new LayerNorm(weights.in('norm_in'));
    this.#layers = Array.from({ length: config.layers }, (_, l) => ({
      norm: new LayerNorm(weights.in(`layers.${l}.norm`)),
      mamba: new CrossMambaLayer(weights.in(`layers.${l}.mamba`), { ...config, sequences: 1 }),
    }));
    this.#normOut = new LayerNorm(weights.in('norm_out'));
    this.#attention = new Linear(weights.in('attention'), d, 1);
    this.#output = new Linear(weights.in('output'), 2 * d, config.embedding);
    this.#x = new Float32Array(d);
    this.#h = new Float32Array(d);
    this.#embedding = new Float32Array(config.embedding);
  }

  reset(): void {
    for (const { mamba } of this.#layers) mamba.reset();
  }

  step(logMagnitudes: Float32Array): Float32Array {
    this.#input.apply(logMagnitudes, this.#x);
    this.#normIn.apply(this.#x, this.#x);
    for (const { norm, mamba } of this.#layers) {
      norm.apply(this.#x, this.#h);
      mamba.step(this.#h, this.#h, this.#x);
    }
    this.#normOut.apply(this.#x, this.#h);
    this.#attention.apply(this.#h, this.#score);
    this.score = this.#score[0];
    return this.#h;
  }

  output(statistics: Float32Array): Float32Array {
    this.#output.apply(statistics, this.#embedding);
    return this.#embedding;
  }
}

/** → relu(values) [embedding], of unit length. Throws EnrollmentError where nothing is left. */
export function unitClue(values: Float32Array): Float32Array {
  const clue = values.map((value) => Math.max(value, 0));
  const energy = clue.reduce((sum, value) => sum + value * value, 0);
  if (!(energy > 0 && Number.isFinite(energy)))
    throw new EnrollmentError('says nothing about a voice', {
      where: 'enrollment',
      expected: 'a clue of finite, positive length',
      got: `${Math.sqrt(energy)}`,
      remedy: 'Record again, closer to the microphone.',
    });
  const length = Math.sqrt(energy) + LENGTH_FLOOR;
  return clue.map((value) => value / length);
}

/** Mean and deviation over time, weighted by share · softmax(score), in one pass: the sums are rescaled when the largest score grows. */
class AttentionPool {
  readonly #memory: number;
  #largest = -Infinity;
  #weight = 0;
  readonly #sum: Float64Array; // [d]
  readonly #squares: Float64Array; // [d]

  /** memory: shares that are heard until what came before weighs 1 / e of what it did. */
  constructor(d_model: number, memory: number) {
    this.#memory = memory;
    this.#sum = new Float64Array(d_model);
    this.#squares = new Float64Array(d_model);
  }

  /** `h` [d] */
  add(h: Float32Array, score: number, share: number): void {
    const largest = Math.max(this.#largest, score);
    const keep = Math.exp(this.#largest - largest - share / this.#memory);
    const w = share * Math.exp(score - largest);
    this.#largest = largest;
    this.#weight = this.#weight * keep + w;
    for (let i = 0; i < h.length; i++) {
      this.#sum[i] = this.#sum[i] * keep + w * h[i];
      this.#squares[i] = this.#squares[i] * keep + w * h[i] * h[i];
    }
  }

  /** [mean, deviation], [2 · d] */
  statistics(): Float32Array {
    const d = this.#sum.length;
    const statistics = new Float32Array(2 * d);
    for (let i = 0; i < d; i++) {
      const mean = this.#sum[i] / this.#weight;
      const variance = this.#squares[i] / this.#weight - mean * mean;
      statistics[i] = mean;
      statistics[d + i] = Math.sqrt(Math.max(variance, VARIANCE_FLOOR));
    }
    return statistics;
  }

  reset(): void {
    this.#largest = -Infinity;
    this.#weight = 0;
    this.#sum.fill(0);
    this.#squares.fill(0);
  }
}
