// Measures a recording of a voice while it grows: how much of it is voice, how loud, how noisy, how much is clipped.
import { dbToPower, POWER_FLOOR, powerDb } from './decibels.ts';
import { InputError } from './errors.ts';
import { Periodicity } from './enrollment-periodicity.ts';

export const BLOCK_S = 0.02;
/** What this many blocks reach, 0.2 s, is how loud the voice gets: a click is shorter. */
const LOUD_BLOCKS = 10;
/** What stays below this is silence. */
export const SILENCE_DBFS = -60;
/** Sound that belongs to the voice lies at most this far below the loud blocks, */
const VOICE_RANGE_DB = 30;
/** at least this far above the quiet ones, */
const ABOVE_FLOOR_DB = 6;
/** and this near to a block with a pitch: consonants have none, but are never far from a vowel. */
const NEAR_PITCH_BLOCKS = 10;
const MIN_PERIODICITY = 0.6;
/** The quietest tenth of the blocks is the background. */
const FLOOR_SHARE = 0.1;
/** Beyond this the background is nothing. */
const MAX_SNR_DB = 60;
const FULL_SCALE = 0.999;
/** A flat top below full scale: this share of the peak, and no further than a step of 16 bits from the sample before. */
const FLAT_TOP = 0.98;
const FLAT_STEP = 1 / 32768;
const MIN_FLAT_PEAK = 0.1;
const FLAT_BINS = 8192;

/** What is known of a recording so far. */
export interface EnrollmentFigures {
  readonly durationS: number;
  /** Seconds with voice. */
  readonly voicedS: number;
  /** Seconds since the newest block with voice; the whole duration where there is none. */
  readonly sinceVoiceS: number;
  /** How loud it gets: what 0.2 s of it reach, dBFS. */
  readonly loudDbfs: number;
  /** Of the blocks with voice, dBFS; −120 where there are none. */
  readonly levelDbfs: number;
  /** Blocks with voice against the quietest tenth, dB, 60 at most; 0 where there is no voice. */
  readonly snrDb: number;
  readonly clippedShare: number;
  /** Index of the first sample that is not finite; −1 where all are. */
  readonly firstBadSample: number;
}

interface Judgement {
  readonly loud: number;
  readonly floor: number;
  /** [blocks] mean power, without the recording's offset from zero. */
  readonly powers: Float64Array;
  /** [blocks] 1 where there is voice. */
  readonly voiced: Uint8Array;
}

export class EnrollmentMeter {
  readonly rateHz: number;
  readonly blockSamples: number;
  readonly #periodicity: Periodicity;
  readonly #sums: number[] = [];
  readonly #squares: number[] = [];
  readonly #periodic: boolean[] = [];
  readonly #block: Float32Array;
  #filled = 0;
  #samples = 0;
  #total = 0;
  #peak = 0;
  #last = NaN;
  #atFullScale = 0;
  /** Samples that stand still, below full scale, by magnitude. */
  readonly #still = new Uint32Array(FLAT_BINS + 1);
  #firstBadSample = -1;

  /** @throws InputError where the rate is not above 0. */
  constructor(rateHz: number) {
    if (!(rateHz > 0))
      throw new InputError('has no sample rate', {
        where: 'enrollment',
        expected: 'hertz above 0',
        got: `${rateHz}`,
      });
    this.rateHz = rateHz;
    this.blockSamples = Math.max(1, Math.round(BLOCK_S * rateHz));
    this.#block = new Float32Array(this.blockSamples);
    this.#periodicity = new Periodicity(rateHz, this.blockSamples);
  }

  /** The next samples: mono, in ±1. */
  push(samples: Float32Array): void {
    for (const sample of samples) {
      this.#count(sample);
      this.#block[this.#filled++] = sample;
      if (this.#filled === this.blockSamples) this.#endBlock();
    }
  }

  figures(): EnrollmentFigures {
    const { powers, voiced, loud, floor } = this.#judge();
    let voicedPower = 0;
    let voicedBlocks = 0;
    for (let b = 0; b < powers.length; b++)
      if (voiced[b]) {
        voicedPower += powers[b];
        voicedBlocks++;
      }
    const durationS = this.#samples / this.rateHz;
    const newest = voiced.lastIndexOf(1);
    const voice = voicedBlocks === 0 ? 0 : voicedPower / voicedBlocks;
    return {
      durationS,
      voicedS: voicedBlocks * BLOCK_S,
      sinceVoiceS: newest < 0 ? durationS : (powers.length - 1 - newest) * BLOCK_S,
      loudDbfs: powerDb(loud + POWER_FLOOR),
      levelDbfs: powerDb(voice + POWER_FLOOR),
      snrDb: snrDb(voice, floor),
      clippedShare: this.#samples === 0 ? 0 : this.#clipped() / this.#samples,
      firstBadSample: this.#firstBadSample,
    };
  }

  /** [blocks of `blockSamples`] 1 where there is voice. */
  voiced(): Uint8Array {
    return this.#judge().voiced;
  }

  #count(sample: number): void {
    if (!Number.isFinite(sample) && this.#firstBadSample < 0) this.#firstBadSample = this.#samples;
    const magnitude = Math.abs(sample);
    if (magnitude > this.#peak) this.#peak = magnitude;
    if (magnitude >= FULL_SCALE) this.#atFullScale++;
    else if (Math.abs(sample - this.#last) <= FLAT_STEP) this.#still[Math.floor(magnitude * FLAT_BINS)]++;
    this.#last = sample;
    this.#total += sample;
    this.#samples++;
  }

  #endBlock(): void {
    let sum = 0;
    let squares = 0;
    for (const sample of this.#block) {
      sum += sample;
      squares += sample * sample;
    }
    this.#sums.push(sum);
    this.#squares.push(squares);
    this.#periodic.push(this.#periodicity.next(this.#block) >= MIN_PERIODICITY);
    this.#filled = 0;
  }

  #judge(): Judgement {
    const offset = this.#samples === 0 ? 0 : this.#total / this.#samples;
    const n = this.blockSamples;
    const powers = Float64Array.from(this.#sums, (sum, b) =>
      Math.max(0, (this.#squares[b] - 2 * offset * sum) / n + offset * offset),
    );
    const sorted = powers.toSorted();
    const loud = sorted.at(-LOUD_BLOCKS) ?? 0;
    const quietest = Math.max(1, Math.floor(FLOOR_SHARE * sorted.length));
    const floor = sorted.subarray(0, quietest).reduce((sum, power) => sum + power, 0) / quietest;
    const threshold = Math.max(
      dbToPower(SILENCE_DBFS),
      loud / dbToPower(VOICE_RANGE_DB),
      (sorted[quietest - 1] ?? 0) * dbToPower(ABOVE_FLOOR_DB),
    );
    const voiced = new Uint8Array(powers.length);
    let nearUntil = -1;
    let from = 0;
    for (let b = 0; b < powers.length; b++) {
      if (!(powers[b] > threshold && this.#periodic[b])) continue;
      from = Math.max(from, b - NEAR_PITCH_BLOCKS, nearUntil + 1);
      nearUntil = Math.min(powers.length - 1, b + NEAR_PITCH_BLOCKS);
      for (; from <= nearUntil; from++) voiced[from] = powers[from] > threshold ? 1 : 0;
    }
    return { loud, floor, powers, voiced };
  }

  #clipped(): number {
    if (this.#peak < MIN_FLAT_PEAK) return 0;
    let clipped = this.#atFullScale;
    for (let bin = Math.ceil(FLAT_TOP * this.#peak * FLAT_BINS); bin < FLAT_BINS; bin++)
      clipped += this.#still[bin];
    return clipped;
  }
}

/** Of voice with background, and background alone. */
function snrDb(voice: number, floor: number): number {
  if (voice <= floor) return 0;
  return Math.min(MAX_SNR_DB, powerDb((voice - floor) / Math.max(floor, POWER_FLOOR)));
}
