// A loop from loudspeaker to microphone of known delay, without either: inside one audio graph.
import type { LoopRig } from '../../../src/latency/loop.ts';

export interface FakeLoop {
  readonly delaySamples: number;
  /** Of what is heard; 0 is a muted microphone. */
  readonly gain?: number;
  /** Of an echo 9 ms after, against the sound itself. */
  readonly echo?: number;
  readonly noisePeak?: number;
  /** By way of a MediaStream, as a real microphone comes: the browser buffers it, for how long it does not tell. */
  readonly stream?: boolean;
}

/** Opens such a loop; `opened` counts those that are open. */
export function fakeLoop(
  settings: FakeLoop,
  opened: { open: number; total: number },
): () => Promise<LoopRig> {
  const { delaySamples, gain = 0.5, echo = 0, noisePeak = 0, stream = false } = settings;
  return async () => {
    const context = new AudioContext({ latencyHint: 0 });
    await context.resume();
    const { sampleRate } = context;
    const loudspeaker = new GainNode(context);
    const heard = new GainNode(context);
    const path = (samples: number, share: number) => {
      const delay = new DelayNode(context, { maxDelayTime: 2, delayTime: samples / sampleRate });
      loudspeaker
        .connect(delay)
        .connect(new GainNode(context, { gain: share }))
        .connect(heard);
    };
    path(delaySamples, gain);
    if (echo > 0) path(delaySamples + Math.round(0.009 * sampleRate), gain * echo);
    const noise = new AudioBufferSourceNode(context, {
      buffer: noiseBuffer(sampleRate, noisePeak),
      loop: true,
    });
    noise.connect(heard);
    noise.start();
    opened.open++;
    opened.total++;
    return {
      context,
      loudspeaker,
      microphone: stream ? throughStream(heard) : heard,
      microphoneLatencyMs: null,
      async close() {
        opened.open--;
        await context.close();
      },
    };
  };
}

function noiseBuffer(sampleRate: number, peak: number): AudioBuffer {
  const buffer = new AudioBuffer({ length: 2 * sampleRate, sampleRate });
  const samples = buffer.getChannelData(0);
  for (let n = 0; n < samples.length; n++) samples[n] = peak * (2 * Math.random() - 1);
  return buffer;
}

function throughStream(node: AudioNode): AudioNode {
  const context = node.context as AudioContext;
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  node.connect(destination);
  return new MediaStreamAudioSourceNode(context, { mediaStream: destination.stream });
}
