// Long work in slices: between two of them the worker sees what the audio thread and the page have brought.
import { pause } from '../shared/platform.ts';

/** A hop's slack is 8 ms and its step a millisecond or two: what is waited for must be shorter than the rest. */
const SLICE_MS = 2;

/** For work that comes in pieces: to be awaited between two of them, it pauses when a slice of time is used up. */
export function breather(): () => Promise<void> {
  let untilMs = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < untilMs) return;
    await pause();
    untilMs = performance.now() + SLICE_MS;
  };
}

/** Calls `piece` until it returns false, with a pause wherever a slice of time is used up. */
export async function inSlices(piece: () => boolean): Promise<void> {
  for (let untilMs = performance.now() + SLICE_MS; piece();) {
    if (performance.now() < untilMs) continue;
    await pause();
    untilMs = performance.now() + SLICE_MS;
  }
}
