// Counts what is taken and what is given back: workers, contexts, tracks, timers, object URLs, listeners on what outlives an extractor.
import { fakeWorker } from './fake-extractor.ts';
import { replace, watchMicrophones } from './fake-devices.ts';

export interface Ledger {
  createWorker(): Worker;
  /** What is still held, by kind; all 0 where nothing is left. */
  held(): Record<string, number>;
  /** What was taken in all. */
  taken(): Record<string, number>;
}

/** Until `restoreAll` of fake-devices. `longLived`: targets whose listeners count. */
export function openLedger(longLived: EventTarget[]): Ledger {
  const held = new Map<string, Set<unknown>>();
  const counts: Record<string, number> = {};
  const take = (kind: string, what: unknown) => {
    const all = held.get(kind) ?? new Set();
    held.set(kind, all);
    if (!all.has(what)) counts[kind] = (counts[kind] ?? 0) + 1;
    all.add(what);
  };
  const giveBack = (kind: string, what: unknown) => held.get(kind)?.delete(what);

  const opened = watchMicrophones();
  const contexts: AudioContext[] = [];
  const Original = AudioContext;
  replace(
    window,
    'AudioContext',
    class extends Original {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    },
  );
  watchPairs(window, 'setInterval', 'clearInterval', 'intervals', take, giveBack);
  watchPairs(URL, 'createObjectURL', 'revokeObjectURL', 'object URLs', take, giveBack);
  watchListeners(longLived, take, giveBack);

  return {
    createWorker() {
      const worker = fakeWorker();
      const terminate = worker.terminate.bind(worker);
      take('workers', worker);
      worker.terminate = () => {
        giveBack('workers', worker);
        terminate();
      };
      return worker;
    },
    held: () => ({
      ...Object.fromEntries([...held].map(([kind, all]) => [kind, all.size])),
      contexts: contexts.filter(({ state }) => state !== 'closed').length,
      microphones: opened.filter(({ stream }) => stream.getTracks().some((t) => t.readyState === 'live'))
        .length,
    }),
    taken: () => ({ ...counts, contexts: contexts.length, microphones: opened.length }),
  };
}

type Count = (kind: string, what: unknown) => void;

/** A function that hands something out, and the one that takes it back. */
function watchPairs<Host extends object, Name extends keyof Host>(
  host: Host,
  out: Name,
  back: Name,
  kind: string,
  take: Count,
  giveBack: Count,
): void {
  const [originalOut, originalBack] = [host[out], host[back]] as ((...args: unknown[]) => unknown)[];
  replace(host, out, (...args: unknown[]) => {
    const handed = originalOut.apply(host, args);
    take(kind, handed);
    return handed;
  });
  replace(host, back, (handed: unknown) => {
    giveBack(kind, handed);
    return originalBack.call(host, handed);
  });
}

function watchListeners(longLived: EventTarget[], take: Count, giveBack: Count): void {
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const entries = new Map<EventTarget, Map<string, object>>();
  const names = new WeakMap<object, number>();
  let nextName = 0;
  const entryOf = (target: EventTarget, type: string, listener: object): object => {
    if (!names.has(listener)) names.set(listener, nextName++);
    const ofTarget = entries.get(target) ?? new Map<string, object>();
    entries.set(target, ofTarget);
    const key = `${type} ${names.get(listener)}`;
    const entry = ofTarget.get(key) ?? {};
    ofTarget.set(key, entry);
    return entry;
  };
  replace(
    EventTarget.prototype,
    'addEventListener',
    function (this: EventTarget, ...args: Parameters<typeof addEventListener>) {
      const [type, listener, options] = args;
      if (longLived.includes(this) && listener !== null) {
        const entry = entryOf(this, type, listener);
        const signal = typeof options === 'object' ? options.signal : undefined;
        if (!signal?.aborted) take('listeners', entry);
        if (signal) addEventListener.call(signal, 'abort', () => giveBack('listeners', entry));
      }
      addEventListener.apply(this, args);
    },
  );
  replace(
    EventTarget.prototype,
    'removeEventListener',
    function (this: EventTarget, ...args: Parameters<typeof removeEventListener>) {
      const [type, listener] = args;
      if (longLived.includes(this) && listener !== null) giveBack('listeners', entryOf(this, type, listener));
      removeEventListener.apply(this, args);
    },
  );
}
