// A writer that keeps every sample's place when there is no room: what was lost is made up for by as many filler samples,
// written before anything else as soon as there is room again. So position n in the stream stays position n.
import type { SampleWriter } from './ring.ts';

const FILLER_SAMPLES = 1024;

export class GaplessWriter {
  readonly #writer: SampleWriter;
  readonly #filler = new Float32Array(FILLER_SAMPLES);
  #owed = 0;

  constructor(writer: SampleWriter, filler: number) {
    this.#writer = writer;
    this.#filler.fill(filler);
  }

  /** Puts `count` filler samples before what is pushed next. */
  owe(count: number): void {
    this.#owed += count;
  }

  /** Writes the first `count` of `samples`; returns how many of them were lost. Allocates nothing. */
  push(samples: Float32Array, count: number): number {
    while (this.#owed > 0) {
      const paid = this.#writer.push(this.#filler, Math.min(this.#owed, FILLER_SAMPLES));
      this.#owed -= paid;
      if (paid === 0) break;
    }
    const pushed = this.#owed > 0 ? 0 : this.#writer.push(samples, count);
    this.#owed += count - pushed;
    return count - pushed;
  }
}
