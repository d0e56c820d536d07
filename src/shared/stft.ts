// Streaming STFT: a long analysis window for frequency resolution, a short synthesis window at its newest end for latency.
import { RealFft } from './fft.ts';

export interface StftSizes {
  /** Samples of the analysis window and of the FFT. */
  readonly frame: number;
  readonly hop: number;
  /** Samples of the synthesis window, 2 · hop. */
  readonly synthesis: number;
}

/** Analysis window [frame]: a long rise, a short fall. */
export function analysisWindow({ frame, hop, synthesis }: StftSizes): Float32Array {
  const rise = frame - hop;
  return Float32Array.from({ length: frame }, (_, n) =>
    n < rise
      ? Math.sin((Math.PI * (n + 0.5)) / (2 * rise))
      : Math.sin((Math.PI * (n + 0.5 - (frame - synthesis))) / synthesis),
  );
}

/** Synthesis window [synthesis], for the newest samples of a frame: with the analysis window it overlap-adds to one. */
export function synthesisWindow(sizes: StftSizes): Float32Array {
  const { frame, synthesis } = sizes;
  const analysis = analysisWindow(sizes);
  return Float32Array.from(
    { length: synthesis },
    (_, n) => Math.sin((Math.PI * (n + 0.5)) / synthesis) ** 2 / analysis[frame - synthesis + n],
  );
}

/** Hops in, spectra out. Frame t holds samples hop·t − (frame − hop) … hop·t + hop − 1, zeros before the start. */
export class StreamingStft {
  readonly bins: number;
  readonly #fft: RealFft;
  readonly #hop: number;
  readonly #window: Float32Array; // [frame]
  readonly #newest: Float32Array; // [frame]
  readonly #windowed: Float32Array; // [frame]

  constructor(sizes: StftSizes) {
    this.#fft = new RealFft(sizes.frame);
    this.bins = this.#fft.bins;
    this.#hop = sizes.hop;
    this.#window = analysisWindow(sizes);
    this.#newest = new Float32Array(sizes.frame);
    this.#windowed = new Float32Array(sizes.frame);
  }

  /** `samples` [hop] → `spectrum` [bins, 2]. */
  push(samples: Float32Array, spectrum: Float32Array): void {
    this.skip(samples);
    const newest = this.#newest;
    for (let n = 0; n < newest.length; n++) this.#windowed[n] = newest[n] * this.#window[n];
    this.#fft.forward(this.#windowed, spectrum);
  }

  /** `samples` [hop] of which nobody needs the spectrum. */
  skip(samples: Float32Array): void {
    const newest = this.#newest;
    newest.copyWithin(0, this.#hop);
    newest.set(samples, newest.length - this.#hop);
  }

  reset(): void {
    this.#newest.fill(0);
  }
}

/** Spectra in, hops out, one hop late: after frame t come samples hop·(t − 1) … hop·t − 1. */
export class OverlapAdd {
  readonly #fft: RealFft;
  readonly #hop: number;
  readonly #first: number;
  readonly #window: Float32Array; // [synthesis]
  readonly #samples: Float32Array; // [frame]
  readonly #pending: Float32Array; // [hop]

  constructor(sizes: StftSizes) {
    this.#fft = new RealFft(sizes.frame);
    this.#hop = sizes.hop;
    this.#first = sizes.frame - sizes.synthesis;
    this.#window = synthesisWindow(sizes);
    this.#samples = new Float32Array(sizes.frame);
    this.#pending = new Float32Array(sizes.hop);
  }

  /** `spectrum` [bins, 2] of frame t → `samples` [hop]: the hop before the frame's newest, now complete. */
  push(spectrum: Float32Array, samples: Float32Array): void {
    const hop = this.#hop;
    const window = this.#window;
    this.#fft.inverse(spectrum, this.#samples);
    for (let n = 0; n < hop; n++) {
      const older = this.#first + n;
      samples[n] = this.#pending[n] + this.#samples[older] * window[n];
      this.#pending[n] = this.#samples[older + hop] * window[n + hop];
    }
  }

  reset(): void {
    this.#pending.fill(0);
  }
}
