// Why nothing goes through although it runs: there may be two reasons at a time, and all is well when none is left.
import type { ExtractorEvents } from './events.ts';

type Interrupted = 'context' | 'input';

export class Interruptions {
  readonly #reasons = new Map<Interrupted, string>();
  readonly #tell: (event: ExtractorEvents['interruption']) => void;

  constructor(tell: (event: ExtractorEvents['interruption']) => void) {
    this.#tell = tell;
  }

  /** The newest reason; null where all is well. */
  get why(): string | null {
    return [...this.#reasons.values()].at(-1) ?? null;
  }

  begin(what: Interrupted, why: string): void {
    this.#reasons.set(what, why);
    this.#tell({ state: 'interrupted', why });
  }

  end(what: Interrupted): void {
    const why = this.#reasons.get(what);
    if (why === undefined) return;
    this.#reasons.delete(what);
    if (this.#reasons.size === 0) this.#tell({ state: 'resumed', why });
  }
}
