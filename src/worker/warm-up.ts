// The first steps of a backend are slow: code is compiled and caches fill. They are taken before anybody waits for one.
import type { Backend } from '../shared/backend.ts';
import type { ModelConfig } from '../shared/model.ts';
import { answered } from './answered.ts';
import { pause } from '../shared/platform.ts';

const STEPS = 8;
/** Whoever is asked for may be slow. */
const LONGEST_MS = 10_000;

/** Nobody's: a clue [embedding] of unit length, for steps that nobody hears. */
export function nobodysClue({ extractor: { embedding } }: ModelConfig): Float32Array {
  return new Float32Array(embedding).fill(1 / Math.sqrt(embedding));
}

/** `backend` has loaded the model; afterwards it is reset and has nobody's clue. Lets others run in between. Rejects with DeviceLostError where a step hangs. */
export async function warmUp(backend: Backend, config: ModelConfig): Promise<void> {
  const spectrum = new Float32Array(config.frame + 2).fill(1); // [bins, 2]
  const estimate = new Float32Array(config.frame + 2);
  backend.setClue(nobodysClue(config));
  for (let step = 0; step < STEPS; step++) {
    await pause();
    await answered(backend.step(spectrum, estimate), backend.description, LONGEST_MS);
  }
  backend.reset();
}
