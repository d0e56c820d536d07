// Extractors for tests: the fake worker, a context of the wanted rate, a recording of what goes in and what comes out.
import { Recorder } from '../../../src/recorder.ts';
import { createExtractor, type Extractor, type ExtractorOptions } from '../../../src/index.ts';

/** An extractor on the fake worker (its settings as a query), with a clue. What is missed is silent, so that it can be told from what is not. */
export async function fakeExtractor(
  query: string,
  options: Partial<ExtractorOptions> = {},
): Promise<Extractor> {
  const extractor = await createExtractor({
    modelUrl: `fake?${query}`,
    createWorker: fakeWorker,
    missedPolicy: 'silence',
    ...options,
  });
  const clue = new Float32Array(256);
  clue[0] = 1;
  await extractor.setClue(clue);
  return extractor;
}

export function fakeWorker(): Worker {
  return new Worker(new URL('./fake-worker.ts', import.meta.url), { type: 'module' });
}

/** What Comlink asks of a worker. */
export interface Asked {
  readonly path?: readonly string[];
  readonly argumentList?: readonly { readonly value: unknown }[];
}

/** Fake workers that are counted while they live; what `reaches` says no to is never answered. */
export function countedWorkers(reaches: (asked: Asked) => boolean = () => true): {
  create(): Worker;
  alive(): number;
} {
  let alive = 0;
  return {
    create() {
      const worker = fakeWorker();
      const terminate = worker.terminate.bind(worker);
      const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
      alive++;
      worker.postMessage = (message: Asked, transfer: unknown) => {
        if (reaches(message)) post(message, transfer as Transferable[]);
      };
      worker.terminate = () => {
        alive--;
        terminate();
      };
      return worker;
    },
    alive: () => alive,
  };
}

/** Tones below 0.4 of the lower rate that never repeat within seconds: one lag fits, no other. */
export function music(rateHz: number, lengthS: number, peak = 0.5): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(rateHz * lengthS));
  const topHz = 0.4 * Math.min(rateHz, 16_000);
  for (let k = 1; k <= 24; k++) {
    const hz = (topHz * (k + 0.13 * Math.sin(7 * k))) / 24.5;
    for (let n = 0; n < samples.length; n++)
      samples[n] += (peak / 12) * Math.sin((2 * Math.PI * hz * n) / rateHz + k * k);
  }
  return samples;
}

export function bufferSource(
  context: AudioContext,
  channels: Float32Array<ArrayBuffer>[],
): AudioBufferSourceNode {
  const buffer = new AudioBuffer({
    length: channels[0].length,
    numberOfChannels: channels.length,
    sampleRate: context.sampleRate,
  });
  channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
  return new AudioBufferSourceNode(context, { buffer });
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('was not rejected');
    },
    (error: Error) => error,
  );
}

/** Waits for something to become true, for as long as the test may take. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < 3000; n++) {
    if (isTrue()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Waits until a count stands still for a while. */
export async function standsStill(count: () => number, what: string): Promise<void> {
  for (let n = 0; n < 100; n++) {
    const before = count();
    await sleep(300);
    if (count() === before) return;
  }
  throw new Error(`waited in vain for ${what} to stand still`);
}

/** Waits until so much sound has gone by, which takes longer than by the clock where the machine is busy. */
export async function soundGoesBy(context: BaseAudioContext, seconds: number): Promise<void> {
  const endS = context.currentTime + seconds;
  await until(() => context.currentTime >= endS, `${seconds} s of sound`);
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface Take {
  readonly input: Float32Array;
  readonly output: Float32Array;
  readonly latencySamples: number;
  /** Samples that are missing in the recording, because the page was too busy to take them. */
  readonly lostSamples: number;
  /** Samples of silence that the extractor heard before the first that the recording has of the source. */
  readonly leadSamples: number;
  /** Where in the recording that is. */
  readonly onset: number;
}

/** Plays the channels through the extractor and records both sides, `during` running meanwhile; the extractor is left running. */
export async function play(
  extractor: Extractor,
  channels: Float32Array<ArrayBuffer>[],
  during: () => Promise<unknown> = async () => {},
): Promise<Take> {
  const { context } = extractor;
  const source = bufferSource(context, channels);
  await extractor.start(source);
  const recorder = await Recorder.start(context, [extractor.input, extractor.output]);
  const ended = new Promise((resolve) => (source.onended = resolve));
  // At a quantum's edge: no sample lies between two frames. A busy page can be late for it, so the recording tells where it began.
  const frame = 128 * Math.ceil((context.currentTime + 0.2) * (context.sampleRate / 128));
  source.start(frame / context.sampleRate);
  await during();
  await ended;
  await sleep(extractor.latencyMs + 200);
  const { channels: recorded, startFrame: recordedFrom, lostSamples } = await recorder.finish();
  const { startFrame: heardFrom } = await extractor.stats();
  const onset = recorded[0].findIndex((x) => x !== 0);
  return {
    input: recorded[0],
    output: recorded[1],
    latencySamples: extractor.latencySamples,
    lostSamples,
    leadSamples: recordedFrom + onset - heardFrom,
    onset,
  };
}

const WINDOW = 8192;

/**
 * The lag at which `output` is most like `input`, by cross-correlation over the stretch of the output that misses least, so that
 * a busy machine does not decide. NaN where more than half of every stretch is missing: print that it was not measured.
 */
export function measuredLag({ input, output }: Take, maxLag: number): number {
  const first = input.findIndex((x) => x !== 0) + 500 + maxLag;
  const length = Math.min(WINDOW, output.length - first);
  let silent = 0;
  let fewest = Infinity;
  let from = first;
  for (let n = first; n < output.length; n++) {
    if (output[n] === 0) silent++;
    if (n - length >= first && output[n - length] === 0) silent--;
    // The sound ends before the recording does.
    const isSound = n < output.length - maxLag;
    if (n - length + 1 < first || !isSound || silent >= fewest) continue;
    fewest = silent;
    from = n - length + 1;
  }
  if (fewest > length / 2) return NaN;
  let best = -Infinity;
  let lag = NaN;
  for (let candidate = 0; candidate <= maxLag; candidate++) {
    let sum = 0;
    for (let n = from; n < from + length; n++) sum += output[n] * input[n - candidate];
    if (sum <= best) continue;
    best = sum;
    lag = candidate;
  }
  return lag;
}

export interface Comparison {
  /** Samples that were played as silence instead. */
  readonly silent: number;
  readonly snrDb: number;
}

/** The output against `gain` · the input, `latencySamples` later; samples that are silence instead are counted and left out. */
export function compare({ input, output, latencySamples }: Take, gain = 1): Comparison {
  let signal = 0;
  let error = 0;
  let silent = 0;
  for (let n = latencySamples; n < output.length; n++) {
    const expected = gain * input[n - latencySamples];
    if (output[n] === 0 && Math.abs(expected) > 1e-3) {
      silent++;
      continue;
    }
    signal += expected ** 2;
    error += (expected - output[n]) ** 2;
  }
  return { silent, snrDb: 10 * Math.log10(signal / error) };
}
