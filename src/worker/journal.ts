// What a backend that can be lost was given since its state was last read: played again, it brings another one to the same state.
import type { Snapshot } from '../shared/backend.ts';

/** A state that is safe: null is that before the first hop. */
interface Base {
  readonly snapshot: Snapshot | null;
  /** Of which hop the spectrum comes next. */
  readonly hop: number;
}

/** All memory is taken at construction. */
export class Journal {
  /** Spectra noted since construction. */
  hops = 0;
  #base: Base = { snapshot: null, hop: 0 };
  readonly #spectra: Float32Array; // [capacity, bins, 2]
  readonly #width: number;

  /**
   * @param capacity hops; older ones are forgotten, which is heard for as long as the network remembers.
   * @param width values of a spectrum, 2 · bins.
   */
  constructor(
    readonly capacity: number,
    width: number,
  ) {
    this.#width = width;
    this.#spectra = new Float32Array(capacity * width);
  }

  get base(): Base {
    return this.#base;
  }

  /** Hops since the state that is safe. */
  get length(): number {
    return this.hops - this.#base.hop;
  }

  /** `spectrum` [bins, 2]; copied. */
  add(spectrum: Float32Array): void {
    this.#spectra.set(spectrum, (this.hops++ % this.capacity) * this.#width);
  }

  /** The state before hop `hop`, if none that is newer is known: one may arrive after a reset. */
  keep(snapshot: Snapshot, hop: number): void {
    if (hop > this.#base.hop) this.#base = { snapshot, hop };
  }

  /** The state is this one from now on, whatever was before. */
  restart(snapshot: Snapshot | null): void {
    // A hop further on than any snapshot that is still on its way.
    this.hops++;
    this.#base = { snapshot, hop: this.hops };
  }

  /** The first hop that can be played again. */
  get first(): number {
    return Math.max(this.#base.hop, this.hops - this.capacity);
  }

  /** The spectrum of hop `hop` [bins, 2]: a view. */
  at(hop: number): Float32Array {
    const start = (hop % this.capacity) * this.#width;
    return this.#spectra.subarray(start, start + this.#width);
  }
}
