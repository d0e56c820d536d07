// The page of `npm run bench:latency`: the whole node in a real AudioContext, while the main thread is kept busy now and then.
import { createExtractor, type BackendChoice, type Extractor } from '../../src/index.ts';
import { measureNodeDelay } from '../../src/latency/node-delay.ts';
import { probe } from '../../src/latency/probe.ts';
import { crossCorrelation } from '../../src/shared/latency-correlation.ts';
import { liveReport } from '../../src/shared/latency-report.ts';
import { readWav } from '../../src/shared/wav.ts';

export interface BenchRequest {
  readonly seconds: number;
  readonly rateHz: number;
  readonly backend: BackendChoice;
  readonly slackMs: number;
  readonly modelUrl: string;
  /** The main thread does nothing else for so long, so often. */
  readonly blockMs: number;
  readonly blocksPerSecond: number;
}

export interface BenchHooks {
  /** The measured span begins and ends here: the bench reads the processors' times. */
  readonly began: () => Promise<void>;
  readonly ended: () => Promise<void>;
}

/** From the start until the span begins: code is compiled, buffers are filled. */
const WARM_UP_MS = 2000;
/** Of the estimate and the mixture, for their lag. */
const COMPARED_SAMPLES = 65_536;
const MOST_LAG_SAMPLES = 4096;

async function sound(name: string, context: AudioContext): Promise<AudioBuffer> {
  const response = await fetch(`/demo/${name}.wav`);
  const { channels, rateHz } = readWav(new Uint8Array(await response.arrayBuffer()), name);
  const buffer = new AudioBuffer({ length: channels[0].length, sampleRate: rateHz });
  buffer.copyToChannel(channels[0] as Float32Array<ArrayBuffer>, 0);
  if (context.state !== 'running') await context.resume();
  return buffer;
}

/** Keeps the main thread busy; returns what ends that and tells for how long it was, all together. */
function keepBusy({ blockMs, blocksPerSecond }: BenchRequest): () => number {
  let busyMs = 0;
  const timer = setInterval(() => {
    const began = performance.now();
    while (performance.now() < began + blockMs);
    busyMs += performance.now() - began;
  }, 1000 / blocksPerSecond);
  return () => {
    clearInterval(timer);
    return busyMs;
  };
}

/** The lag at which the estimate is most like the mixture: a filter that follows speech moves it by a sample or two. */
async function estimateLag(extractor: Extractor): Promise<number> {
  const { context, input, output } = extractor;
  const silence = new Float32Array(128);
  const places = [input, output];
  const request = { context, sequence: silence, into: input, places, samples: COMPARED_SAMPLES };
  const [mixture, estimate] = await probe(request);
  const reference = mixture.subarray(0, COMPARED_SAMPLES - MOST_LAG_SAMPLES);
  const correlation = crossCorrelation(estimate, reference);
  return correlation.indexOf(Math.max(...correlation));
}

async function run(request: BenchRequest, hooks: BenchHooks) {
  const { rateHz, seconds, backend, slackMs, modelUrl } = request;
  const context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
  const extractor = await createExtractor({ modelUrl, backend, slackMs, context });
  await extractor.enroll(await sound('enrollment', context));
  const node = await measureNodeDelay(extractor);

  const source = new AudioBufferSourceNode(context, { buffer: await sound('mixture', context), loop: true });
  await extractor.start(source);
  extractor.output.connect(context.destination);
  source.start();
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  const before = await extractor.stats();
  const quiet = keepBusy(request);
  await hooks.began();
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  await hooks.ended();
  const busyMs = quiet();
  const after = await extractor.stats();
  const estimateLagSamples = await estimateLag(extractor);
  await extractor.stop();
  const report = {
    model: extractor.report.model,
    backend: after.backend,
    reason: after.reason,
    transport: after.transport,
    promised_samples: extractor.latencySamples,
    node,
    estimate_lag_samples: estimateLagSamples,
    base_latency_ms: 1000 * context.baseLatency,
    busyMs,
    // From the very start on, the warm-up included.
    live: liveReport(after),
    warm_up_missed_deadlines: before.missedDeadlines,
    late_samples: after.lateSamples,
    overflow_samples: after.overflowSamples,
  };
  await extractor.dispose();
  await context.close();
  return report;
}

export type BenchReport = Awaited<ReturnType<typeof run>>;

Object.assign(window, { run });
