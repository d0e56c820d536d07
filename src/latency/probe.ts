// Plays a known sequence into a graph and records several places of it: what all measurements of a delay here are made of.
import { AudioContextError } from '../shared/errors.ts';
import probeSource from './probe/processor.ts?bundled';
import { PROBE_NAME, type FromProbe, type ProbeOptions } from './probe/protocol.ts';

const QUANTUM = 128;
/** From the request until the sequence begins: the page's and the audio thread's way to each other. */
const LEAD_S = 0.15;
/** How much longer than planned a recording may take before the context is taken for stalled. */
const PATIENCE_MS = 4000;

const loading = new WeakMap<BaseAudioContext, Promise<void>>();

function load(context: BaseAudioContext): Promise<void> {
  let loaded = loading.get(context);
  if (loaded === undefined) {
    const url = URL.createObjectURL(new Blob([probeSource], { type: 'text/javascript' }));
    loaded = context.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
    loading.set(context, loaded);
  }
  return loaded;
}

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
 * What each of `places` carried, `samples` long; sample 0 is when the sequence's first sample was played.
 * Rejects with AudioContextError where the context stands still, or with the signal's reason.
 */
export async function probe(request: ProbeRequest): Promise<readonly Float32Array[]> {
  const { context, sequence, into, places, samples, signal } = request;
  await load(context);
  signal?.throwIfAborted();
  const startFrame = QUANTUM * Math.ceil(((context.currentTime + LEAD_S) * context.sampleRate) / QUANTUM);
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
      const planMs = 1000 * (LEAD_S + samples / context.sampleRate);
      const timer = setTimeout(() => reject(stalled(context)), planMs + PATIENCE_MS);
      ended.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    places.forEach((place, input) => place.connect(recorder, 0, input));
    // Its output is silence; only nodes that lead to the destination are sure to run.
    recorder.connect(context.destination);
    player.connect(into);
    player.start(startFrame / context.sampleRate);
    const { recorded: all, lateFrames } = await recorded;
    if (lateFrames > 0) throw late(lateFrames);
    return places.map((_, input) => all.subarray(input * samples, (input + 1) * samples));
  } finally {
    ended.abort();
    places.forEach((place, input) => place.disconnect(recorder, 0, input));
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

function late(frames: number): AudioContextError {
  return new AudioContextError('the recording began too late', {
    where: 'latency measurement',
    got: `${frames} frames late`,
    remedy: 'Close what else keeps this machine busy, then measure again',
  });
}
