// Which frequency and which level lies where in a spectrogram. Rows follow the ear (mel): voices fill the picture.
import { COLOURS } from './colour-map.ts';

/** The model's bandwidth. */
export const TOP_HZ = 8000;
export const FLOOR_DB = -95;
export const CEILING_DB = -30;
export const TICKS_HZ: readonly number[] = [500, 1000, 2000, 4000, 8000];

const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
const hertz = (mels: number) => 700 * (10 ** (mels / 2595) - 1);

/** 0 at the bottom … 1 at the top. */
export function heightOf(hz: number): number {
  return mel(hz) / mel(TOP_HZ);
}

/** `0.5`, `2`: kilohertz. */
export function kilohertz(hz: number): string {
  return String(hz / 1000);
}

/** From a spectrum in decibels to rows of colour numbers; made once, so that a column costs no memory. */
export class RowScale {
  readonly #low: Float32Array;
  readonly #high: Float32Array;

  /** `bins` of a spectrum that reaches from 0 to half of `rateHz`. */
  constructor(
    readonly rows: number,
    readonly rateHz: number,
    readonly bins: number,
  ) {
    const binsPerHz = (2 * bins) / rateHz;
    this.#low = new Float32Array(rows);
    this.#high = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const top = 1 - row / rows;
      this.#low[row] = hertz((top - 1 / rows) * mel(TOP_HZ)) * binsPerHz;
      this.#high[row] = hertz(top * mel(TOP_HZ)) * binsPerHz;
    }
  }

  /** Fills `into` [rows], the highest frequency first, with 0 … COLOURS − 1. */
  fill(spectrumDb: Float32Array, into: Uint8Array): void {
    for (let row = 0; row < this.rows; row++) {
      const levelDb = this.#levelDb(spectrumDb, this.#low[row], this.#high[row]);
      const share = (levelDb - FLOOR_DB) / (CEILING_DB - FLOOR_DB);
      into[row] = share > 0 ? Math.min(COLOURS - 1, share * COLOURS) : 0;
    }
  }

  /** The loudest bin of the row; between two bins where it is narrower than one. */
  #levelDb(spectrumDb: Float32Array, low: number, high: number): number {
    const first = Math.ceil(low);
    const last = Math.floor(high);
    if (last >= this.bins) return FLOOR_DB;
    if (last >= first) {
      let levelDb = spectrumDb[first];
      for (let bin = first + 1; bin <= last; bin++) levelDb = Math.max(levelDb, spectrumDb[bin]);
      return levelDb;
    }
    const middle = (low + high) / 2;
    const left = Math.floor(middle);
    const share = middle - left;
    // Silence is −∞, of which no share can be taken.
    return (
      (1 - share) * Math.max(FLOOR_DB, spectrumDb[left]) +
      share * Math.max(FLOOR_DB, spectrumDb[Math.min(left + 1, this.bins - 1)])
    );
  }
}
