// A short paced trial: two backends take the same hops at the rate of live sound, and are timed and compared.
import type { Backend } from '../shared/backend.ts';
import { summaryOf } from '../shared/latency-times.ts';
import type { Model } from '../shared/model.ts';
import type { StepTimes } from '../shared/protocol.ts';
import { random } from '../shared/random.ts';
import { answered } from './answered.ts';
import { nobodysClue } from './warm-up.ts';

/** Enough that p99 is not the worst hop, and that all of it takes under a second. */
const HOPS = 100;
/** Pipelines, caches and clocks settle. */
const WARM_UP_HOPS = 20;
/** A pair that takes longer than this is not live anyway, and a step that does hangs. */
const LONGEST_MS = 3000;

const ascending = (a: number, b: number) => a - b;

export interface TrialResult {
  readonly wasm: StepTimes;
  readonly webgpu: StepTimes;
  /** ‖difference of the estimates‖ / ‖estimate‖ over all hops: a driver may compute something else. */
  readonly difference: number;
}

/** What the trial takes for time; tests put their own in. */
export interface Clock {
  nowMs(): number;
  /** Resolves later, and lets others run meanwhile. */
  wait(ms: number): Promise<void>;
}

export const CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * Both backends have loaded `model`; they are left reset, with a clue of the trial's own.
 * A hop is awaited before the next, and the next begins when live sound would bring it.
 * @throws DeviceLostError where a step hangs, and what a step throws.
 */
export async function runTrial(
  pair: { readonly wasm: Backend; readonly webgpu: Backend },
  { config }: Model,
  clock: Clock = CLOCK,
): Promise<TrialResult> {
  const clue = nobodysClue(config);
  const spectrum = new Float32Array(config.frame + 2); // [bins, 2]
  const estimates = { wasm: new Float32Array(config.frame + 2), webgpu: new Float32Array(config.frame + 2) };
  const tookMs = { wasm: [] as number[], webgpu: [] as number[] };
  const hopMs = (1000 * config.hop) / config.sample_rate;
  for (const backend of [pair.wasm, pair.webgpu]) {
    backend.setClue(clue);
    backend.reset();
  }
  const next = random(1);
  let [error, energy] = [0, 0];
  const startMs = clock.nowMs();
  let nextMs = startMs;
  for (let hop = 0; hop < WARM_UP_HOPS + HOPS; hop++) {
    if (hop > WARM_UP_HOPS && clock.nowMs() - startMs > LONGEST_MS) break;
    for (let n = 0; n < spectrum.length; n++) spectrum[n] = 2 * next() - 1;
    // WebGPU first: it finds the processor as idle as a live hop does.
    for (const name of ['webgpu', 'wasm'] as const) {
      const beganMs = clock.nowMs();
      await answered(pair[name].step(spectrum, estimates[name]), pair[name].description, LONGEST_MS);
      if (hop >= WARM_UP_HOPS) tookMs[name].push(clock.nowMs() - beganMs);
    }
    for (let n = 0; n < spectrum.length; n++) {
      error += (estimates.webgpu[n] - estimates.wasm[n]) ** 2;
      energy += estimates.wasm[n] ** 2;
    }
    // A hop that was late is not made up for by hops without a pause.
    nextMs = Math.max(nextMs + hopMs, clock.nowMs());
    await clock.wait(nextMs - clock.nowMs());
  }
  pair.wasm.reset();
  pair.webgpu.reset();
  return {
    wasm: summaryOf(tookMs.wasm.sort(ascending)),
    webgpu: summaryOf(tookMs.webgpu.sort(ascending)),
    difference: Math.sqrt(error / (energy + 1e-30)),
  };
}
