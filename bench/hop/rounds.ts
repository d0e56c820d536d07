// Measures in rounds, in which everybody takes turns: on a shared machine a noisy moment then hits all.
import type { Beside, Contestant, Entry, Runner, Skipped, Surroundings } from './contestant.ts';

/** A turn ends after so many counted hops, or so many milliseconds, whichever comes first; but not before one hop. */
const TURN_HOPS = 60;
const TURN_MS = 60;
/** Hops at the beginning of a turn that are not counted, as the caches hold another's data. Whose hop fills a turn has none. */
const UNCOUNTED = 2;
const WARM_UP_MS = 300;
const HEAP_BLOCKS = 7;
const HEAP_BLOCK_HOPS = 20;

/** Times of a runner, a list for every round. */
export type RoundTimes = readonly (readonly number[])[];

export interface Measured {
  readonly contestant: Contestant;
  readonly hops: RoundTimes;
  readonly beside: Partial<Record<Beside, RoundTimes>>;
  /** Bytes that JavaScript allocates in 1,000 hops; null where nobody can tell. */
  readonly heapGrowth: number | null;
}

interface Turn {
  readonly runner: Runner;
  readonly rounds: number[][];
}

/** Makes every contestant, one after the other; what cannot be made says why. */
export async function gather(
  entries: readonly Entry[],
  surroundings: Surroundings,
): Promise<{ contestants: Contestant[]; skipped: Skipped[] }> {
  const contestants: Contestant[] = [];
  const skipped: Skipped[] = [];
  for (const { what, make } of entries)
    try {
      const contestant = await make(surroundings);
      await contestant.run();
      contestants.push(contestant);
    } catch (error) {
      skipped.push({ what, skipped: error instanceof Error ? error.message : String(error) });
    }
  return { contestants, skipped };
}

/** At least one round, and as many as begin within `seconds`. */
export async function measure(
  contestants: readonly Contestant[],
  seconds: number,
  heapBytes: Surroundings['heapBytes'],
): Promise<Measured[]> {
  const turns = new Map<Runner, Turn>();
  for (const contestant of contestants)
    for (const runner of [contestant, ...Object.values(contestant.beside ?? {})])
      turns.set(runner, { runner, rounds: [] });
  const warmUpMs = Math.min(WARM_UP_MS, 1000 * seconds);
  for (const { runner } of turns.values()) await play(runner, Infinity, warmUpMs);
  const end = performance.now() + 1000 * seconds;
  do {
    for (const { runner, rounds } of turns.values()) rounds.push(await turn(runner, rounds.at(-1)));
  } while (performance.now() < end);

  const times = (runner: Runner) => turns.get(runner)!.rounds;
  const measured: Measured[] = [];
  for (const contestant of contestants) {
    const beside = Object.entries(contestant.beside ?? {}).map(([name, runner]) => [name, times(runner)]);
    measured.push({
      ...{ contestant, hops: times(contestant), beside: Object.fromEntries(beside) },
      heapGrowth: heapBytes === null ? null : await heapGrowth(contestant, heapBytes),
    });
  }
  for (const { runner } of turns.values()) await runner.destroy?.();
  return measured;
}

async function turn(runner: Runner, before: readonly number[] | undefined): Promise<number[]> {
  const scale = runner.scale ?? 1;
  const slow = before !== undefined && before[0] > TURN_MS;
  if (!slow) await play(runner, UNCOUNTED, TURN_MS);
  return (await play(runner, TURN_HOPS, TURN_MS)).map((ms) => ms * scale);
}

/** Milliseconds of hop after hop. Who answers at once is not awaited: that would be timed too. */
async function play({ run }: Runner, hops: number, lastsMs: number): Promise<number[]> {
  const tookMs: number[] = [];
  const end = performance.now() + lastsMs;
  do {
    const began = performance.now();
    const pending = run();
    if (pending !== undefined) await pending;
    tookMs.push(performance.now() - began);
  } while (tookMs.length < hops && performance.now() < end);
  return tookMs;
}

/** By the median of the blocks in which no garbage was collected, the first block left out; null where there was no such block. */
async function heapGrowth(runner: Runner, heapBytes: () => number): Promise<number | null> {
  const blocks: number[] = [];
  await grown(runner, heapBytes);
  for (let block = 0; block < HEAP_BLOCKS; block++) {
    const byHops = await grown(runner, heapBytes);
    const byMeasuring = await grown({ run() {} }, heapBytes);
    if (byHops >= 0) blocks.push(Math.max(0, byHops - byMeasuring));
  }
  if (blocks.length === 0) return null;
  blocks.sort((a, b) => a - b);
  return (blocks[Math.floor(blocks.length / 2)] * 1000) / HEAP_BLOCK_HOPS;
}

async function grown({ run }: Runner, heapBytes: () => number): Promise<number> {
  const before = heapBytes();
  for (let hop = 0; hop < HEAP_BLOCK_HOPS; hop++) {
    const pending = run();
    if (pending !== undefined) await pending;
  }
  return heapBytes() - before;
}
