// How often the machine itself halts a program that wants nothing but the clock: other programs, or the host of a virtual machine.

/** What shorter halts are is left open: an interrupt, or the clock. */
const HALT_MS = 1;

/** Keeps one processor busy for so long and returns how often, and how long at most, it was halted for more than a millisecond. */
export function watchHalts(seconds) {
  const endMs = performance.now() + 1000 * seconds;
  let halts = 0;
  let longestMs = 0;
  for (let lastMs = performance.now(); lastMs < endMs;) {
    const nowMs = performance.now();
    const goneMs = nowMs - lastMs;
    if (goneMs > HALT_MS) halts++;
    longestMs = Math.max(longestMs, goneMs);
    lastMs = nowMs;
  }
  return { seconds, halts, longest_ms: Number(longestMs.toFixed(1)) };
}
