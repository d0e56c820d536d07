// Plays a known sequence into a graph and records several places of it: what all measurements of a delay here are made of.
import { disconnect } from '../disconnect.ts';
import { AudioContextError } from '../shared/errors.ts';
import { WorkletModule } from '../worklet-module.ts';
import probeSource from './probe/processor.ts?bundled';
import { PROBE_NAME, type FromProbe, type ProbeOptions } from './probe/protocol.ts';

const QUANTUM = 128;
/** From the request until the sequence begins: the page's and the audio thread's way to each other. The next where the one before was not enough. */
const LEADS_S = [0.15, 0.5, 1.5];
/** How much longer than planned a recording may take before the context is taken for stalled. */
const PATIENCE_MS = 4000;

const processor = new WorkletModule(probeSource);

export interface ProbeRequest {
  /** Runs already. */
  readonly context: AudioContext;
  /** Played once, as it is. */
  readonly sequence: Float32Array<ArrayBuffer>;
  /** Where it is played into. */
  readonly into: AudioNode;
  /** What is recorded, each mixed down to one channel. */
  readonly places: readonly AudioNode[];
  /** Recorded from the sequence's first sample on. */
  readonly samples: number;
  readonly signal?: AbortSignal;
}

/**
 * What each of `places` carried, `samples` long; sample 0 is when the sequence's first sample was played. Plays it again where the page was
 * too busy to begin in time.
 * Rejects with AudioContextError where the context stands still or the page is never in time, or with the signal's reason.
 */
export async function probe(request: ProbeRequest): Promise<readonly Float32Array[]> {
  await processor.load(request.context);
  for (const leadS of LEADS_S) {
    request.signal?.throwIfAborted();
    const recorded = await playOnce(request, leadS);
    if (recorded !== null) return recorded;
  }
  throw new AudioContextError('the recording began too late', {
    where: 'latency measurement',
    got: `late ${LEADS_S.length} times, the last with ${LEADS_S.at(-1)} s to get ready`,
    remedy: 'Close what else keeps this machine busy, then measure again',
  });
}

/** null: began too late. */
async function playOnce(request: ProbeRequest, leadS: number): Promise<readonly Float32Array[] | null> {
  const { context, sequence, into, places, samples, signal } = request;
  const startFrame = QUANTUM * Math.ceil(((context.currentTime + leadS) * context.sampleRate) / QUANTUM);
  const processorOptions: ProbeOptions = { inputs: places.length, samples, startFrame };
  const recorder = new AudioWorkletNode(context, PROBE_NAME, {
    numberOfInputs: places.length,
    numberOfOutputs: 1,
    channelCount: 1,
    channelCountMode: 'explicit',
    processorOptions,
  });
  const buffer = new AudioBuffer({ length: sequence.length, sampleRate: context.sampleRate });
  buffer.copyToChannel(sequence, 0);
  const player = new AudioBufferSourceNode(context, { buffer });
  const ended = new AbortController();
  try {
    const recorded = new Promise<FromProbe>((resolve, reject) => {
      recorder.port.onmessage = ({ data }: MessageEvent<FromProbe>) => resolve(data);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: ended.signal });
      const planMs = 1000 * (leadS + samples / context.sampleRate);
      const timer = setTimeout(() => reject(stalled(context)), planMs + PATIENCE_MS);
      ended.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    places.forEach((place, input) => place.connect(recorder, 0, input));
    // Its output is silence; only nodes that lead to the destination are sure to run.
    recorder.connect(context.destination);
    player.connect(into);
    player.start(startFrame / context.sampleRate);
    // The player was late; the recorder tells by itself.
    if (context.currentTime * context.sampleRate >= startFrame) return null;
    const { recorded: all, lateFrames } = await recorded;
    if (lateFrames > 0) return null;
    return places.map((_, input) => all.subarray(input * samples, (input + 1) * samples));
  } finally {
    ended.abort();
    places.forEach((place, input) => disconnect(place, recorder, input));
    recorder.disconnect();
    recorder.port.close();
    player.disconnect();
  }
}

function stalled(context: AudioContext): AudioContextError {
  return new AudioContextError('plays nothing', {
    where: 'AudioContext',
    expected: 'a context that runs',
    got: `state '${context.state}' at ${context.currentTime.toFixed(1)} s`,
    remedy: 'Check that there is an audio output, then measure again',
  });
}
