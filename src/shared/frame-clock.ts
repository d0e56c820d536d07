/**
 * The context's frame in a processor, quantum by quantum. `currentFrame` alone does not tell: Chromium carries it over to the worklet
 * only where the page is not changing the audio graph at that moment, so it stands still for a quantum or more
 * (issues.chromium.org/issues/442866743), just when a node begins. It lags and never leads, so of all quanta the latest beginning
 * is the true one. For a processor that is given every quantum from its first on.
 */
export class FrameClock {
  /** Frame of the first quantum. */
  first = 0;
  #frames = 0;

  /** To be called once in every quantum, of `count` frames. Returns the frame of its first sample. */
  tick(currentFrame: number, count: number): number {
    this.first = Math.max(this.first, currentFrame - this.#frames);
    const now = this.first + this.#frames;
    this.#frames += count;
    return now;
  }
}
