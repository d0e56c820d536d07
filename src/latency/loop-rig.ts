// The real loudspeaker and the real microphone, as the extractor would use them: the shortest buffers, none of the browser's processing.
import { closeContext, resumeContext } from '../audio-context.ts';
import type { LoopRig } from './loop.ts';

/** `openMicrophone`: from src/microphone.ts, whose errors are passed on. Rejects with AudioContextError where the context does not run. */
export async function openLoopRig(
  openMicrophone: () => Promise<MediaStream>,
  createContext = () => new AudioContext({ latencyHint: 0 }),
): Promise<LoopRig> {
  const stream = await openMicrophone();
  let context: AudioContext | undefined;
  const close = async () => {
    for (const track of stream.getTracks()) track.stop();
    if (context !== undefined) await closeContext(context);
  };
  try {
    context = createContext();
    await resumeContext(context);
    const [track] = stream.getAudioTracks();
    const latencyS = (track.getSettings() as { latency?: number }).latency;
    return {
      context,
      loudspeaker: context.destination,
      microphone: new MediaStreamAudioSourceNode(context, { mediaStream: stream }),
      microphoneLatencyMs: latencyS === undefined ? null : 1000 * latencyS,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
