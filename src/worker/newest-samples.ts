// The newest seconds of a stream, hop by hop.

/** All memory is taken at construction. */
export class NewestSamples {
  readonly #circle: Float32Array;
  #pushed = 0;

  /** @param capacity a whole number of pushes. */
  constructor(capacity: number) {
    this.#circle = new Float32Array(capacity);
  }

  /** Copied; the same number of samples every time. */
  push(samples: Float32Array): void {
    this.#circle.set(samples, this.#pushed % this.#circle.length);
    this.#pushed += samples.length;
  }

  clear(): void {
    this.#pushed = 0;
  }

  /** A copy, the oldest first; null until there are as many as it can hold. */
  copy(): Float32Array | null {
    const circle = this.#circle;
    if (this.#pushed < circle.length) return null;
    const start = this.#pushed % circle.length;
    const newest = new Float32Array(circle.length);
    newest.set(circle.subarray(start));
    newest.set(circle.subarray(0, start), circle.length - start);
    return newest;
  }
}
