// The engine at any rate: mixture in, estimate out, sample for sample of the same time. Live sound and files both go through this
// class.
import { checkRate, HOP_SAMPLES, isSound, MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import { extractorLagSamples } from '../shared/audio-lag.ts';
import { InputError } from '../shared/errors.ts';
import { Resampler, ResamplerTiming } from '../shared/resampler.ts';
import { HighBand } from './high-band.ts';
import type { LiveRecorder } from './live-times.ts';

/** One hop in, the estimate of the hop before it out, both [HOP_SAMPLES] at MODEL_RATE_HZ. */
export interface HopEngine {
  process(mixture: Float32Array, estimate: Float32Array): Promise<void> | void;
  /** A hop in that is left out. */
  skip(mixture: Float32Array): void;
  /** Forgets what was heard; the frames go on. */
  forget(): void;
  /** Back to the state before the first hop. */
  reset(): void;
  /** Where the times go, if anybody wants them. */
  readonly times?: LiveRecorder;
}

/** Mixture samples that one round of resampling takes: bounds the scratch, nothing else. */
const CHUNK_SAMPLES = 1024;

export class StreamExtractor {
  /** Estimate sample p can be pulled once mixture samples up to p + lagSamples − 1 are pushed: exact, at worst. */
  readonly lagSamples: number;
  /** Samples of the mixture that were NaN, infinite or beyond any sound, and went in as 0. */
  nonFinite = 0;
  /** Hops that were left out. */
  missedHops = 0;
  readonly #engine: HopEngine;
  readonly #inward: Resampler;
  readonly #outward: Resampler;
  readonly #timing: ResamplerTiming;
  /** Where the stream has more than the model hears. */
  readonly #highBand: HighBand | undefined;
  readonly #chunk = new Float32Array(CHUNK_SAMPLES);
  /** [chunk at the model's rate] */
  readonly #narrow: Float32Array;
  readonly #hop = new Float32Array(HOP_SAMPLES);
  readonly #estimate = new Float32Array(HOP_SAMPLES);
  /** [one hop at the stream's rate] */
  readonly #wide: Float32Array;
  /** Estimates that nobody pulled yet, in a circle. Grows only if the caller pushes on and does not pull. */
  #ready: Float32Array;
  #readyStart = 0;
  #readyCount = 0;
  #inHop = 0;
  #hops = 0;
  /** Of the hop under way. */
  #resampleMs = 0;
  #previousMissed = false;
  #pushed = 0;
  #produced = 0;
  #flushed = false;
  #busy = false;

  /** Throws AudioContextError where `rateHz` is not a whole number from 8000 to 192000. */
  constructor(
    engine: HopEngine,
    readonly rateHz: number,
  ) {
    checkRate(rateHz, 'stream extractor');
    this.#engine = engine;
    this.lagSamples = extractorLagSamples(rateHz);
    this.#inward = new Resampler(rateHz, MODEL_RATE_HZ);
    this.#outward = new Resampler(MODEL_RATE_HZ, rateHz);
    this.#timing = new ResamplerTiming(rateHz, MODEL_RATE_HZ);
    if (rateHz > MODEL_RATE_HZ) this.#highBand = new HighBand(this.#outward, this.lagSamples + CHUNK_SAMPLES);
    this.#narrow = new Float32Array(this.#inward.maxOutputs(CHUNK_SAMPLES));
    this.#wide = new Float32Array(this.#outward.maxOutputs(HOP_SAMPLES));
    this.#ready = new Float32Array(4 * (this.lagSamples + CHUNK_SAMPLES));
  }

  /** Estimate samples that can be pulled now. */
  get available(): number {
    return this.#readyCount;
  }

  /** Hops that are behind, those that were left out too. */
  get hops(): number {
    return this.#hops;
  }

  /** How many more mixture samples complete the next hop. */
  get samplesToNextHop(): number {
    return this.#timing.inputsFor((this.#hops + 1) * HOP_SAMPLES) - this.#pushed;
  }

  get times(): LiveRecorder | undefined {
    return this.#engine.times;
  }

  /**
   * Takes the first `count` samples of `mixture` and runs every hop that they complete. One push at a time.
   * `missed`: do not run the engine (there is no time for it); the estimates of these hops are NaN, which says "was never
   * computed" and keeps every later sample in its place.
   */
  async push(mixture: Float32Array, count = mixture.length, missed = false): Promise<void> {
    if (this.#flushed)
      throw new InputError('the stream has ended', {
        where: 'stream extractor',
        remedy: 'Call reset() before the next stream',
      });
    if (this.#busy)
      throw new InputError('a push is under way', {
        where: 'stream extractor',
        remedy: 'Await the push before the next one',
      });
    this.#busy = true;
    try {
      this.#pushed += count;
      await this.#take(mixture, count, missed);
    } finally {
      this.#busy = false;
    }
  }

  /** Moves up to `output.length` samples to the start of `output`; returns how many. */
  pull(output: Float32Array): number {
    const count = Math.min(output.length, this.#readyCount);
    const size = this.#ready.length;
    for (let n = 0; n < count; n++) {
      output[n] = this.#ready[this.#readyStart];
      if (++this.#readyStart === size) this.#readyStart = 0;
    }
    this.#readyCount -= count;
    return count;
  }

  /** Ends the stream: afterwards as many estimate samples have come out, pulled or to be pulled, as mixture samples went in. */
  async flush(): Promise<void> {
    const silence = new Float32Array(CHUNK_SAMPLES);
    while (this.#produced < this.#pushed) await this.#take(silence, CHUNK_SAMPLES, false);
    this.#flushed = true;
  }

  /** Back to before the first sample, engine included. Not while a push is under way. */
  reset(): void {
    this.#engine.reset();
    this.#inward.reset();
    this.#outward.reset();
    this.#highBand?.reset();
    this.#readyStart = this.#readyCount = this.#inHop = this.#hops = this.#resampleMs = 0;
    this.#pushed = this.#produced = this.nonFinite = this.missedHops = 0;
    this.#previousMissed = this.#flushed = false;
  }

  /** The engine forgets what it heard; the stream goes on, every sample in its place. Not while a push is under way. */
  forget(): void {
    this.#engine.forget();
  }

  async #take(mixture: Float32Array, count: number, missed: boolean): Promise<void> {
    for (let start = 0; start < count; start += CHUNK_SAMPLES) {
      const length = Math.min(CHUNK_SAMPLES, count - start);
      for (let n = 0; n < length; n++) {
        const sample = mixture[start + n];
        const usable = isSound(sample);
        if (!usable) this.nonFinite++;
        this.#chunk[n] = usable ? sample : 0;
      }
      const startMs = performance.now();
      this.#highBand?.take(this.#chunk, length);
      const narrow = this.#inward.process(this.#chunk, length, this.#narrow);
      this.#resampleMs += performance.now() - startMs;
      for (let n = 0; n < narrow; n++) {
        this.#hop[this.#inHop++] = this.#narrow[n];
        if (this.#inHop < HOP_SAMPLES) continue;
        this.#inHop = 0;
        if (!missed) {
          const running = this.#engine.process(this.#hop, this.#estimate);
          if (running !== undefined) await running;
        } else {
          this.#engine.skip(this.#hop);
          this.missedHops++;
        }
        this.#finishHop(missed);
      }
    }
  }

  /** Resamples the engine's answer and puts it behind what is ready. */
  #finishHop(missed: boolean): void {
    // The engine answers with the estimate of the hop before: if that one was left out, its answer belongs to another time.
    if (missed || this.#previousMissed) this.#estimate.fill(NaN);
    this.#previousMissed = missed;
    // The first answer is of the time before the first sample.
    if (this.#hops++ > 0) this.#hand();
    this.#highBand?.next(this.#hop);
  }

  #hand(): void {
    const startMs = performance.now();
    const wide = this.#outward.process(this.#estimate, HOP_SAMPLES, this.#wide);
    this.#highBand?.addTo(this.#wide, this.#estimate);
    this.#resampleMs += performance.now() - startMs;
    this.times?.resample.add(this.#resampleMs);
    this.#resampleMs = 0;
    // Behind the last mixture sample there is nothing to estimate.
    const count = Math.min(wide, this.#pushed - this.#produced);
    this.#produced += count;
    if (this.#readyCount + count > this.#ready.length) this.#grow();
    const size = this.#ready.length;
    for (let n = 0; n < count; n++)
      this.#ready[(this.#readyStart + this.#readyCount + n) % size] = this.#wide[n];
    this.#readyCount += count;
  }

  #grow(): void {
    const larger = new Float32Array(2 * this.#ready.length);
    const firstPart = this.#ready.subarray(this.#readyStart);
    larger.set(firstPart);
    larger.set(this.#ready.subarray(0, this.#readyStart), firstPart.length);
    this.#ready = larger;
    this.#readyStart = 0;
  }
}
