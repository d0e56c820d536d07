// Samples that are kept as blobs, which need not lie in the page's memory: a recording may take hours.
import { encodeWav } from '../../src/shared/wav.ts';

/** 5.5 s at 48 kHz: few blobs, and little in memory. */
const PIECE_SAMPLES = 1 << 18;
export const SAMPLE_BYTES = 4;

export class KeptSamples {
  readonly #pieces: Blob[] = [];
  readonly #piece = new Float32Array(PIECE_SAMPLES);
  #filled = 0;

  push(samples: Float32Array): void {
    for (let taken = 0; taken < samples.length;) {
      const some = samples.subarray(taken, taken + PIECE_SAMPLES - this.#filled);
      this.#piece.set(some, this.#filled);
      this.#filled += some.length;
      taken += some.length;
      if (this.#filled === PIECE_SAMPLES) this.#keep();
    }
  }

  /** All of them, as they stand in a WAV file of floats. */
  blob(): Blob {
    this.#keep();
    return new Blob(this.#pieces);
  }

  #keep(): void {
    const bytes = encodeWav(this.#piece.subarray(0, this.#filled), 'float32');
    this.#pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    this.#filled = 0;
  }
}
