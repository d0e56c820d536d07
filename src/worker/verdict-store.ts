// Keeps what the trial of 'auto' measured for the next visit. Where nothing can be kept, the next visit measures again.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
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

interface Schema extends DBSchema {
  verdicts: { key: string; value: Entry };
}

/** In IndexedDB, one entry an adapter and model: a newer browser's takes the older one's place. */
export function idbVerdicts(): VerdictStore {
  const key = ({ adapter, model }: Machine) => `${model} ${adapter}`;
  return {
    async read(machine) {
      const entry: unknown = await inDatabase((database) => database.get(STORE, key(machine))).catch(
        () => undefined,
      );
      if (!isEntry(entry) || entry.browser !== machine.browser) return undefined;
      const ageMs = Date.now() - entry.measuredAtMs;
      return ageMs >= 0 && ageMs < LONGEST_AGE_MS ? entry : undefined;
    },
    async write(machine, { wasm, webgpu, difference }) {
      const entry: Entry = { wasm, webgpu, difference, browser: machine.browser, measuredAtMs: Date.now() };
      await inDatabase((database) => database.put(STORE, entry, key(machine))).catch(() => {});
    },
  };
}

async function inDatabase<Value>(ask: (database: IDBPDatabase<Schema>) => Promise<Value>): Promise<Value> {
  const opening = openDB<Schema>(DATABASE, 1, { upgrade: (made) => void made.createObjectStore(STORE) });
  const database = await inTime(opening);
  try {
    return await inTime(ask(database));
  } finally {
    database.close();
  }
}

/** A browser that never answers must not keep the voice waiting. */
function inTime<Value>(answer: Promise<Value>): Promise<Value> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('IndexedDB does not answer')), LONGEST_WAIT_MS);
  });
  return Promise.race([answer, late]);
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
