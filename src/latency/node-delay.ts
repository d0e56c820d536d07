// The delay that the extractor adds, measured inside the graph: a known sequence through the extractor in bypass, and beside it.
// Bypass and estimate have the same delay by construction (worklet/audio-path.ts), and bypass returns the sequence as it is: to the sample.
import { crossCorrelation, findArrival } from '../shared/latency-correlation.ts';
import type { NodeDelay } from '../shared/latency-report.ts';
import { maximumLengthSequence } from '../shared/latency-sequence.ts';
import { probe } from './probe.ts';

/** As much of an extractor as is needed. */
export interface MeasuredExtractor {
  readonly context: AudioContext;
  readonly output: AudioNode;
  readonly latencySamples: number;
  readonly state: 'stopped' | 'running';
  bypass: boolean;
  start(input: AudioNode): Promise<void>;
  stop(): Promise<void>;
}

const ORDER = 13;
const AMPLITUDE = 0.25;
/** A delay that is longer than promised is found up to this much longer. */
const MARGIN_SAMPLES = 4096;

/**
 * Starts the extractor on the sequence, once a repetition, and stops it; needs a clue, as `start` does. `bypass` is as before afterwards.
 * Rejects with what `start` rejects with, with AudioContextError where the context stands still, or with the signal's reason.
 */
export async function measureNodeDelay(
  extractor: MeasuredExtractor,
  { repeats = 3, signal }: { repeats?: number; signal?: AbortSignal } = {},
): Promise<NodeDelay> {
  const { context } = extractor;
  const rateHz = context.sampleRate;
  const sequence = maximumLengthSequence(ORDER).map((value) => AMPLITUDE * value);
  const { bypass } = extractor;
  const source = new GainNode(context);
  const measuredSamples: number[] = [];
  let promisedSamples: number | undefined;
  let peakToSecond = Infinity;
  try {
    extractor.bypass = true;
    for (let n = 0; n < repeats; n++) {
      await extractor.start(source);
      const { latencySamples } = extractor;
      promisedSamples ??= latencySamples;
      const samples = Math.min(65_536, sequence.length + latencySamples + MARGIN_SAMPLES);
      const places = [source, extractor.output];
      const recorded = await probe({ context, sequence, into: source, places, samples, signal });
      const [plain, through] = recorded.map((one) => findArrival(crossCorrelation(one, sequence), rateHz));
      // Each start may promise another delay, as the device is then: what counts is how far off it is.
      const offSamples = through.lagSamples - plain.lagSamples - latencySamples;
      if (plain.clear && through.clear) measuredSamples.push(promisedSamples + offSamples);
      peakToSecond = Math.min(peakToSecond, through.peakToSecond);
    }
  } finally {
    await extractor.stop();
    extractor.bypass = bypass;
    source.disconnect();
  }
  return { rateHz, promisedSamples: promisedSamples ?? 0, repeats, measuredSamples, peakToSecond };
}
