// What the audio thread counts and measures, in one small buffer that it alone writes: shared with the page where memory can be
// shared, copied on request where not.

const INTEGERS = [
  'quanta',
  'missedQuanta',
  'missedSamples',
  'lateSamples',
  'overflowSamples',
  'nonFinite',
] as const;
const LEVELS = ['inputRms', 'inputPeak', 'outputRms', 'outputPeak'] as const;

type IntegerName = (typeof INTEGERS)[number];
type LevelName = (typeof LEVELS)[number];

/** Levels are linear, 1 is full scale. */
export type Levels = Record<LevelName, number>;

/**
 * startFrame: the context's frame at which position 0 went in, below 2⁵³. quanta: `process()` calls. missedQuanta: those that lacked at
 * least one sample of the estimate. missedSamples: samples played by the policy instead. lateSamples: estimates that came after
 * their time and were thrown away. overflowSamples: samples of the mixture that found no room and went to the worker as silence.
 * nonFinite: NaN and Inf in the input, played as 0.
 */
export type AudioCounts = Record<IntegerName | 'startFrame', number>;

const INDEX = Object.fromEntries(INTEGERS.map((name, index) => [name, index])) as Record<IntegerName, number>;
/** In two words: after a day at 48 kHz one is not enough. */
const START_LOW = INTEGERS.length;
const START_HIGH = START_LOW + 1;
const WORDS = START_HIGH + 1;
const BYTES = 4 * (WORDS + LEVELS.length);

export function createCounterBuffer(shared: boolean): SharedArrayBuffer | ArrayBuffer {
  return shared ? new SharedArrayBuffer(BYTES) : new ArrayBuffer(BYTES);
}

/** One writer (the audio thread), any number of readers. */
export class AudioCounters {
  readonly #integers: Int32Array;
  readonly #levels: Float32Array;

  constructor(readonly buffer: SharedArrayBuffer | ArrayBuffer) {
    this.#integers = new Int32Array(buffer, 0, WORDS);
    this.#levels = new Float32Array(buffer, 4 * WORDS, LEVELS.length);
  }

  add(name: IntegerName, amount: number): void {
    Atomics.add(this.#integers, INDEX[name], amount);
  }

  /** Every quantum: it may turn out in the first few to be later than it seemed. */
  setStartFrame(frame: number): void {
    Atomics.store(this.#integers, START_LOW, frame % 2 ** 32);
    Atomics.store(this.#integers, START_HIGH, Math.floor(frame / 2 ** 32));
  }

  setLevels(inputRms: number, inputPeak: number, outputRms: number, outputPeak: number): void {
    this.#levels[0] = inputRms;
    this.#levels[1] = inputPeak;
    this.#levels[2] = outputRms;
    this.#levels[3] = outputPeak;
  }

  /** Allocates: for readers, not for the audio thread. */
  counts(): AudioCounts {
    const read = (word: number) => Atomics.load(this.#integers, word) >>> 0;
    const counts = INTEGERS.map((name) => [name, read(INDEX[name])]);
    const startFrame = read(START_HIGH) * 2 ** 32 + read(START_LOW);
    return Object.fromEntries([['startFrame', startFrame], ...counts]) as AudioCounts;
  }

  /** Allocates: for readers, not for the audio thread. */
  levels(): Levels {
    return Object.fromEntries(LEVELS.map((name, index) => [name, this.#levels[index]])) as Levels;
  }
}
