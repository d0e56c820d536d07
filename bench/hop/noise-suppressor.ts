// The noise suppressors of @sapphi-red/web-noise-suppressor as contestants: their own AudioWorklet processors, driven here quantum by quantum,
// without an audio thread. What one would install today; they take noise away, and know nothing of voices.
import type { Contestant, Entry, Surroundings, What } from './contestant.ts';

const QUANTUM = 128;

interface Processor {
  /** There once the WebAssembly is ready. */
  readonly processor: unknown;
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: object): boolean;
}

type ProcessorClass = new (options: {
  processorOptions: { wasmBinary: ArrayBuffer; maxChannels: number };
}) => Processor;

interface Suppressor {
  readonly what: What;
  readonly rateHz: number;
  /** Quanta until the first frame is computed. */
  readonly lead: number;
  /** Quanta of hop after hop, round and round: a frame is computed in the last of each. */
  readonly quanta: readonly number[];
  readonly hopSamples: number;
  readonly file: string;
  readonly detail: string;
  register(): Promise<unknown>;
}

const SUPPRESSORS: readonly Suppressor[] = [
  {
    what: 'gtcrn',
    rateHz: 16_000,
    lead: 2,
    quanta: [2],
    hopSamples: 256,
    file: 'gtcrn.wasm',
    detail: 'noise suppression at 16 kHz, hop 16 ms; its STFT is in it, ours is not',
    register: () => import('@sapphi-red/web-noise-suppressor/gtcrnWorklet.js'),
  },
  {
    what: 'rnnoise',
    rateHz: 48_000,
    // 480 samples are 3.75 quanta: it computes in the 1st, 4th, 8th and 12th of every 15.
    lead: 1,
    quanta: [3, 4, 4, 4],
    hopSamples: 480,
    file: 'rnnoise_simd.wasm',
    detail: 'noise suppression at 48 kHz, hop 10 ms; its transform is in it, ours is not',
    register: () => import('@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js'),
  },
];

export const noiseSuppressors: readonly Entry[] = SUPPRESSORS.map((suppressor) => ({
  what: suppressor.what,
  make: (surroundings) => make(suppressor, surroundings),
}));

async function make(suppressor: Suppressor, { file, fileBytes }: Surroundings): Promise<Contestant> {
  const Processor = await registered(suppressor);
  const wasmBinary = await file(suppressor.file);
  const processor = new Processor({ processorOptions: { wasmBinary, maxChannels: 1 } });
  for (let waits = 0; processor.processor === undefined; waits++) {
    if (waits === 2000) throw new Error('its WebAssembly did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { what, lead, quanta, hopSamples, rateHz, detail } = suppressor;
  // Noise, at about −30 dB of full scale.
  const inputs = [[Float32Array.from({ length: QUANTUM }, (_, n) => 0.05 * Math.sin(n * n + 1))]];
  const outputs = [[new Float32Array(QUANTUM)]];
  const play = (count: number) => {
    for (let quantum = 0; quantum < count; quantum++) processor.process(inputs, outputs, {});
  };
  play(lead);
  let hop = 0;
  return {
    ...{ what, hopMs: (1000 * hopSamples) / rateHz, macs: null, bytes: fileBytes[suppressor.file], detail },
    run: () => play(quanta[hop++ % quanta.length]),
  };
}

/** Loads a processor's module with as much of an AudioWorklet's global scope as it asks for. */
async function registered({ rateHz, register }: Suppressor): Promise<ProcessorClass> {
  const port = { addEventListener() {} };
  const found: ProcessorClass[] = [];
  Object.assign(globalThis, {
    sampleRate: rateHz,
    AudioWorkletProcessor: class {
      readonly port = port;
    },
    registerProcessor: (_name: string, Processor: ProcessorClass) => void found.push(Processor),
  });
  await register();
  if (found.length === 0) throw new Error('its processor has been registered before');
  return found[0];
}
