// What hangs on an extractor's graph to show and to hear it: two analysers and the loudspeakers.
import type { SpectrumSource } from '../../components/spectrogram/spectrogram-picture.ts';
import { disconnect } from '../../src/disconnect.ts';
import type { Extractor } from '../../src/index.ts';

/** 43 ms at 48 kHz: harmonics of a voice apart, syllables too. */
const WINDOW_S = 0.04;
const FADE_S = 0.02;

class AnalyserSpectrum implements SpectrumSource {
  readonly rateHz: number;
  readonly bins: number;

  constructor(readonly node: AnalyserNode) {
    this.rateHz = node.context.sampleRate;
    this.bins = node.frequencyBinCount;
  }

  read(intoDb: Float32Array<ArrayBuffer>): void {
    this.node.getFloatFrequencyData(intoDb);
  }
}

export class LiveGraph {
  readonly mixture: SpectrumSource;
  readonly estimate: SpectrumSource;
  readonly #extractor: Extractor;
  readonly #input: AnalyserNode;
  readonly #output: AnalyserNode;
  readonly #loudspeakers: GainNode;

  constructor(extractor: Extractor) {
    const { context, input, output } = extractor;
    const fftSize = 2 ** Math.round(Math.log2(WINDOW_S * context.sampleRate));
    this.#extractor = extractor;
    this.#input = new AnalyserNode(context, { fftSize, smoothingTimeConstant: 0 });
    this.#output = new AnalyserNode(context, { fftSize, smoothingTimeConstant: 0 });
    this.#loudspeakers = new GainNode(context, { gain: 0 });
    input.connect(this.#input);
    output.connect(this.#output);
    output.connect(this.#loudspeakers);
    this.mixture = new AnalyserSpectrum(this.#input);
    this.estimate = new AnalyserSpectrum(this.#output);
  }

  /** Whether the loudspeakers play; fades. */
  listen(on: boolean): void {
    const { context } = this.#extractor;
    if (on) this.#loudspeakers.connect(context.destination);
    this.#loudspeakers.gain.setTargetAtTime(on ? 1 : 0, context.currentTime, FADE_S);
  }

  release(): void {
    const { input, output } = this.#extractor;
    disconnect(input, this.#input);
    disconnect(output, this.#output);
    disconnect(output, this.#loudspeakers);
    this.#loudspeakers.disconnect();
  }
}
