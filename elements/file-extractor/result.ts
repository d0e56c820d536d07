// What an extraction leaves: a WAV of the estimate, one of both to listen to, and waveforms. Kept as blobs, which need not lie in memory.
import type { Waveforms } from '../../components/files/file-state.ts';
import { pause } from '../../src/shared/platform.ts';
import { encodeWav, wavHeader } from '../../src/shared/wav.ts';

const STRETCHES = 600;
const SLICE_SAMPLES = 1 << 18;
const WAV = { type: 'audio/wav' };

export interface FileResult {
  /** One channel of floats: exactly what the extractor gave, at the file's rate. */
  readonly estimate: Blob;
  /** Mixture on the left, estimate on the right, 16 bits: two sounds in one transport. */
  readonly both: Blob;
  readonly waveforms: Waveforms;
}

export class ResultWriter {
  readonly #rateHz: number;
  readonly #samples: number;
  readonly #estimate: Blob[] = [];
  readonly #both: Blob[] = [];
  readonly #waveforms: Waveforms;
  #done = 0;

  /** `samples`: of the whole file. */
  constructor(rateHz: number, samples: number) {
    this.#rateHz = rateHz;
    this.#samples = samples;
    const stretches = Math.min(STRETCHES, samples);
    this.#waveforms = { before: new Float32Array(stretches), after: new Float32Array(stretches) };
  }

  /** The next samples of both, of one length. Lets the page do something else now and then. */
  async add(mixture: Float32Array, estimate: Float32Array): Promise<void> {
    for (let start = 0; start < mixture.length; start += SLICE_SAMPLES) {
      this.#take(
        mixture.subarray(start, start + SLICE_SAMPLES),
        estimate.subarray(start, start + SLICE_SAMPLES),
      );
      await pause();
    }
  }

  finish(): FileResult {
    const [rateHz, samples] = [this.#rateHz, this.#samples];
    return {
      estimate: new Blob([blob(wavHeader(samples, rateHz, 'float32')), ...this.#estimate], WAV),
      both: new Blob([blob(wavHeader(samples, rateHz, 'pcm16', 2)), ...this.#both], WAV),
      waveforms: this.#waveforms,
    };
  }

  #take(mixture: Float32Array, estimate: Float32Array): void {
    const both = new Float32Array(2 * mixture.length);
    const { before, after } = this.#waveforms;
    for (let n = 0; n < mixture.length; n++) {
      both[2 * n] = mixture[n];
      both[2 * n + 1] = estimate[n];
      const stretch = Math.floor(((this.#done + n) * before.length) / this.#samples);
      before[stretch] = louder(before[stretch], mixture[n]);
      after[stretch] = louder(after[stretch], estimate[n]);
    }
    this.#done += mixture.length;
    this.#estimate.push(blob(encodeWav(estimate, 'float32')));
    this.#both.push(blob(encodeWav(both, 'pcm16')));
  }
}

const blob = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]);

/** Samples that are no numbers, which files of floats may hold, are no sound. */
function louder(peak: number, sample: number): number {
  const level = Math.abs(sample);
  return level > peak && level < Infinity ? level : peak;
}
