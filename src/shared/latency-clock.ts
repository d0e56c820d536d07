// The one clock that the audio thread and the worker both have. An AudioWorklet has no performance.now, and the context's time stands
// still within a `process()` call and jumps by a device buffer between two; what is left is Date.now: whole milliseconds, the system's.

/** Whole milliseconds below it are exact in 32-bit floats; times further apart than half of it (35 minutes) cannot be told. */
const PERIOD_MS = 2 ** 22;

/** Now, for the other thread to take the time from. */
export function stampMs(): number {
  return Date.now() % PERIOD_MS;
}

/**
 * The system's clock in fractions of a millisecond: a steady clock beside it says how far the current millisecond has gone. Follows when
 * the system's clock is set.
 */
export class SystemClock {
  readonly #steadyMs: () => number;
  /** System minus steady: at least this, and less than 1 ms more. */
  #offsetMs = -Infinity;

  /** `steadyMs`: performance.now, or what stands in for it. */
  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /**
   * Milliseconds since a stamp: up to 1 ms more than it was (the stamp is rounded down), hardly ever less: 0 where clocks that are blurred
   * against fingerprinting say that it is still to come.
   */
  sinceMs(stamp: number): number {
    const steady = this.#steadyMs();
    const least = Date.now() - steady;
    this.#offsetMs = Math.min(Math.max(this.#offsetMs, least), least + 1);
    const elapsed = (((steady + this.#offsetMs - stamp) % PERIOD_MS) + PERIOD_MS) % PERIOD_MS;
    return elapsed < PERIOD_MS / 2 ? elapsed : 0;
  }
}
