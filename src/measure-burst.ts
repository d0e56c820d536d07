// Measures how a context's device takes its sound: quantum by quantum, or many at once.
import { QUANTUM_SAMPLES } from './shared/audio-constants.ts';
import {
  BURST_METER_NAME,
  burstQuanta,
  type BurstMeterOptions,
  type FromBurstMeter,
} from './shared/device-burst.ts';
import { within } from './shared/platform.ts';

const MEASURED_S = 0.25;
/** A context that has just been resumed takes its first sound out of turn. */
const SKIPPED_S = 0.05;
/** Firefox lets no sound flow for two seconds when a microphone is opened. */
const ANSWER_MS = 4000;

/**
 * Quanta that the device asks for at once, measured for a third of a second; 1 where that cannot be told (a context that is halted).
 * Never rejects. The processor must be loaded into the context, which runs.
 */
export async function measureBurst(context: BaseAudioContext): Promise<number> {
  const quantaOf = (seconds: number) => Math.ceil((seconds * context.sampleRate) / QUANTUM_SAMPLES);
  const processorOptions: BurstMeterOptions = { quanta: quantaOf(SKIPPED_S + MEASURED_S) };
  let node: AudioWorkletNode | undefined;
  const measuring = new AbortController();
  try {
    const meter = (node = new AudioWorkletNode(context, BURST_METER_NAME, {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      processorOptions,
    }));
    const told = new Promise<FromBurstMeter | null>((resolve) => {
      meter.port.onmessage = ({ data }: MessageEvent<FromBurstMeter>) => resolve(data);
      context.addEventListener('statechange', () => resolve(null), { signal: measuring.signal });
    });
    // Its output is silence; only nodes that lead to the destination are sure to run.
    meter.connect(context.destination);
    const stampsMs = await within(ANSWER_MS, told, null);
    if (stampsMs === null) return 1;
    const quantumMs = (1000 * QUANTUM_SAMPLES) / context.sampleRate;
    return burstQuanta(stampsMs.subarray(quantaOf(SKIPPED_S)), quantumMs);
  } catch {
    return 1; // the context is closed, which whoever uses it is told by name
  } finally {
    measuring.abort();
    node?.disconnect();
    node?.port.close();
  }
}
