// The page of `npm run bench:endurance`: an extractor that runs on the demonstration for as long as it is let, and what it says of itself.
import { createExtractor, type BackendChoice, type Extractor } from '../../src/index.ts';
import { probe } from '../../src/latency/probe.ts';
import { crossCorrelation } from '../../src/shared/latency-correlation.ts';
import { readWav } from '../../src/shared/wav.ts';

export interface EnduranceRequest {
  readonly rateHz: number;
  readonly backend: BackendChoice;
  readonly slackMs: number;
  readonly modelUrl: string;
}

/** Of the estimate and the mixture, for their lag. */
const COMPARED_SAMPLES = 65_536;
const MOST_LAG_SAMPLES = 8192;

let extractor: Extractor;

async function sound(name: string): Promise<AudioBuffer> {
  const response = await fetch(`/demo/${name}.wav`);
  const { channels, rateHz } = readWav(new Uint8Array(await response.arrayBuffer()), name);
  const buffer = new AudioBuffer({ length: channels[0].length, sampleRate: rateHz });
  buffer.copyToChannel(channels[0] as Float32Array<ArrayBuffer>, 0);
  return buffer;
}

async function begin({ rateHz, backend, slackMs, modelUrl }: EnduranceRequest) {
  const context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
  extractor = await createExtractor({ modelUrl, backend, slackMs, context });
  // A page shows figures and levels while it runs: what that leaves behind belongs to the run.
  extractor.on('stats', () => extractor.levels());
  await extractor.enroll(await sound('enrollment'));
  const source = new AudioBufferSourceNode(context, { buffer: await sound('mixture'), loop: true });
  await extractor.start(source);
  extractor.output.connect(context.destination);
  source.start();
  const { report, latencySamples, transport } = extractor;
  return { model: report.model, backend: report.backend, reason: report.reason, latencySamples, transport };
}

/** What has run since the start; the time of the sound and of the clock at one and the same moment. */
async function read() {
  const stats = await extractor.stats();
  const { contextTime, performanceTime } = extractor.context.getOutputTimestamp();
  const { rateHz, quanta, hops, skippedHops, missedDeadlines, missedSamples } = stats;
  const { lateSamples, overflowSamples, droppedSamples, recoveries } = stats;
  return {
    ...{ rateHz, quanta, hops, skippedHops, missedDeadlines, missedSamples },
    ...{ lateSamples, overflowSamples, droppedSamples, recoveries },
    stepP50Ms: stats.step?.p50 ?? null,
    stepP99Ms: stats.step?.p99 ?? null,
    contextS: contextTime!,
    clockMs: performanceTime!,
  };
}

/** The lag at which the estimate is most like the mixture, in samples. Only where all of the compared estimate was in time. */
async function lag(): Promise<number> {
  const { context, input, output } = extractor;
  const places = [input, output];
  const request = { context, sequence: new Float32Array(128), into: input, places };
  const [mixture, estimate] = await probe({ ...request, samples: COMPARED_SAMPLES });
  const reference = mixture.subarray(0, COMPARED_SAMPLES - MOST_LAG_SAMPLES);
  const correlation = crossCorrelation(estimate, reference);
  return correlation.indexOf(Math.max(...correlation));
}

async function end(): Promise<void> {
  await extractor.dispose();
  await extractor.context.close();
}

export type Reading = Awaited<ReturnType<typeof read>>;

Object.assign(window, { bench: { begin, read, lag, end } });
