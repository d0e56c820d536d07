// Keeps what the trial of 'auto' measured for the next visit. Where nothing can be kept, the next visit measures again.
import type { StepTimes } from '../shared/protocol.ts';

/** What a verdict holds for. Another browser, adapter or model means another trial. */
export interface Machine {
  /** The browser with its version. */
  readonly browser: string;
  readonly adapter: string;
  /** sha256 of the model's tensors. */
  readonly model: string;
}

export interface Verdict {
  readonly wasm: StepTimes;
  readonly webgpu: StepTimes;
  readonly difference: number;
}

export interface VerdictStore {
  /** Undefined where there is none, or it cannot be read. */
  read(machine: Machine): Promise<Verdict | undefined>;
  /** Never rejects. */
  write(machine: Machine, verdict: Verdict): Promise<void>;
}

const DATABASE = 'crossmamba-verdicts';
const STORE = 'verdicts';
const LONGEST_WAIT_MS = 1000;
/** Drivers change without a new name. */
const LONGEST_AGE_MS = 30 * 24 * 3600 * 1000;

interface Entry extends Verdict {
  readonly browser: string;
  readonly measuredAtMs: number;
}

/** In IndexedDB, one entry an adapter and model: a newer browser's takes the older one's place. */
export function idbVerdicts(factory: IDBFactory | undefined = globalThis.indexedDB): VerdictStore {
  const key = ({ adapter, model }: Machine) => `${model} ${adapter}`;
  return {
    async read(machine) {
      const entry = await inStore<unknown>(factory, 'readonly', (store) => store.get(key(machine))).catch(
        () => undefined,
      );
      if (!isEntry(entry) || entry.browser !== machine.browser) return undefined;
      const ageMs = Date.now() - entry.measuredAtMs;
      return ageMs >= 0 && ageMs < LONGEST_AGE_MS ? entry : undefined;
    },
    async write(machine, { wasm, webgpu, difference }) {
      const entry: Entry = { wasm, webgpu, difference, browser: machine.browser, measuredAtMs: Date.now() };
      await inStore(factory, 'readwrite', (store) => store.put(entry, key(machine))).catch(() => {});
    },
  };
}

async function inStore<Value>(
  factory: IDBFactory | undefined,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  if (factory === undefined) throw new Error('there is no IndexedDB');
  const opening = factory.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await answer(opening);
  try {
    return await answer(ask(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
    // A browser that never answers must not keep the voice waiting.
    setTimeout(() => reject(new Error('IndexedDB does not answer')), LONGEST_WAIT_MS);
  });
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Entry | undefined;
  const times = (summary: StepTimes | undefined) =>
    [summary?.n, summary?.p50, summary?.p95, summary?.p99, summary?.max].every(Number.isFinite);
  return (
    typeof entry?.browser === 'string' &&
    times(entry.wasm) &&
    times(entry.webgpu) &&
    Number.isFinite(entry.difference) &&
    Number.isFinite(entry.measuredAtMs)
  );
}
