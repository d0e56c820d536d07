// Over-suppression: how much of the target was taken away with the rest. SI-SDR hardly sees a lost word; a listener does.
import { dbToPower } from './decibels.ts';

const FRAME_MS = 32;
/** A frame counts where the target is at most this far below its loudest frame. */
const ACTIVE_DB = 30;
/** A frame is pushed down where the estimate is more than this far below the target. */
const PUSHED_DOWN_DB = 10;

/**
 * Share of the frames in which `target` [samples] speaks whose `estimate` [samples] is more than 10 dB below it; null where it
 * never speaks. Frames of 32 ms, side by side.
 */
export function pushedDownShare(target: Float32Array, estimate: Float32Array, rateHz: number): number | null {
  const wanted = frameEnergies(target, rateHz);
  const got = frameEnergies(estimate, rateHz);
  const loudest = wanted.reduce((max, e) => Math.max(max, e), 0);
  if (loudest === 0) return null;
  const least = loudest * dbToPower(-ACTIVE_DB);
  const kept = dbToPower(-PUSHED_DOWN_DB);
  let active = 0;
  let pushedDown = 0;
  for (let f = 0; f < wanted.length; f++) {
    if (wanted[f] < least) continue;
    active++;
    if (got[f] < kept * wanted[f]) pushedDown++;
  }
  return pushedDown / active;
}

/** [samples] → [frames], the last one shorter where they do not divide. */
function frameEnergies(x: Float32Array, rateHz: number): Float64Array {
  const size = Math.round((FRAME_MS / 1000) * rateHz);
  const energies = new Float64Array(Math.ceil(x.length / size));
  for (let n = 0; n < x.length; n++) energies[Math.floor(n / size)] += x[n] * x[n];
  return energies;
}
