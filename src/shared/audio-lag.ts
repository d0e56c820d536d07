// How late an estimate can be handed out, reckoned exactly from the rates alone: no audio is needed to know it.
import { HOP_SAMPLES, MODEL_RATE_HZ } from './audio-constants.ts';
import { ResamplerTiming } from './resampler.ts';

/**
 * How many samples at `rateHz` must have come in from position p on, p itself included, before the estimate's sample p is
 * there, at worst: two hops (16 ms) at 16 kHz, at other rates both resamplers' reach besides.
 */
export function extractorLagSamples(rateHz: number): number {
  const inward = new ResamplerTiming(rateHz, MODEL_RATE_HZ);
  const outward = new ResamplerTiming(MODEL_RATE_HZ, rateHz);
  let lag = 0;
  // The pattern of hops against samples repeats after at most `inward.up` hops.
  for (let hop = 0; hop <= inward.up; hop++) {
    // After `hop + 1` steps `hop` hops of the estimate are complete; the first sample they do not bring waits for the next step.
    const first = outward.outputsFor(hop * HOP_SAMPLES);
    const needed = inward.inputsFor((hop + 2) * HOP_SAMPLES);
    lag = Math.max(lag, needed - first);
  }
  return lag;
}
