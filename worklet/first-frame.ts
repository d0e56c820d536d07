/**
 * The context's frame of the first quantum that a processor was given. One look at `currentFrame` does not tell: Chromium carries it
 * over to the worklet only where the page is not changing the audio graph at that moment, so it stands still for a quantum or
 * more (issues.chromium.org/issues/442866743), just when a node begins. It lags and never leads, so of all quanta the latest
 * beginning is the true one.
 */
export class FirstFrame {
  value = 0;
  #frames = 0;

  /** To be called for every quantum, of `count` frames. Returns by how much `value` grew. */
  note(currentFrame: number, count: number): number {
    const before = this.value;
    this.value = Math.max(before, currentFrame - this.#frames);
    this.#frames += count;
    return this.value - before;
  }
}
