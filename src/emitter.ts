// Typed events: who listens, and how that ends.
import { callListener } from './call-listener.ts';

export interface ListenOptions {
  /** Ends the listening when it aborts. */
  readonly signal?: AbortSignal;
}

type Listener = (event: never) => void;

/** `Events` maps the name of an event to what is told with it. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<{ readonly call: Listener }>>();

  /** Returns what ends the listening. */
  on<Type extends keyof Events>(
    type: Type,
    listener: (event: Events[Type]) => void,
    { signal }: ListenOptions = {},
  ): () => void {
    if (signal?.aborted) return () => {};
    const entry = { call: listener as Listener };
    const entries = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, entries.add(entry));
    const end = () => {
      entries.delete(entry);
      signal?.removeEventListener('abort', end);
    };
    signal?.addEventListener('abort', end);
    return end;
  }

  hasListeners(type: keyof Events): boolean {
    return (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  /** A listener that throws is reported as an uncaught error and keeps nothing from the others. */
  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const { call } of [...(this.#listeners.get(type) ?? [])]) callListener(() => call(event as never));
  }
}
