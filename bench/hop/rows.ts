// From measured times to the rows of the JSON that `npm run bench -- --json FILE` writes.
import { hopTimes, type HopTimes } from '../shared/hop-times.ts';
import { quantile } from '../shared/quantile.ts';
import type { Skipped, What, Where } from './contestant.ts';
import type { Measured, RoundTimes } from './rounds.ts';

export interface Row extends HopTimes {
  readonly what: What;
  readonly where: Where;
  readonly detail: string;
  /** Counted hops. */
  readonly hops: number;
  readonly hop_ms: number;
  /** Null where nobody says how many. */
  readonly mmac_per_hop: number | null;
  /** What a page fetches for it: weights, and code in WebAssembly. Null for floors. */
  readonly bytes: number | null;
  /** Bytes that JavaScript allocates, garbage included; null where the browser does not tell. */
  readonly heap_growth_bytes_per_1000_hops: number | null;
  /** p50 against its multiply-accumulates at the f32 GEMV rate of its own binary: median over the rounds. Null where it has none. */
  readonly times_floor: number | null;
  /** The same against the rate at 16 bits, at which its large matrices are multiplied. */
  readonly times_floor_i16: number | null;
  /** p50 of the same step with all weights in f32, and that against the f32 floor. */
  readonly f32_p50_ms: number | null;
  readonly f32_times_floor: number | null;
  /** p50 against that of `wasm`, per millisecond of audio: median over the rounds. */
  readonly times_wasm: number | null;
  /** p50 of handing the same tensors to the runtime and back, without computing. Null where there is none to hand over. */
  readonly feeds_p50_ms: number | null;
}

export interface SkippedRow extends Skipped {
  readonly where: Where;
}

/** Rows in the order of what was measured, then those that were skipped. */
export function rowsOf(
  where: Where,
  measured: readonly Measured[],
  skipped: readonly Skipped[],
): (Row | SkippedRow)[] {
  const wasm = measured.find(({ contestant }) => contestant.what === 'wasm');
  return [
    ...measured.map((one) => row(where, one, wasm)),
    ...skipped.map(({ what, skipped: reason }) => ({ what, where, skipped: reason })),
  ];
}

function row(where: Where, measured: Measured, wasm: Measured | undefined): Row {
  const { contestant, hops, heapGrowth } = measured;
  const { gemv_f32, gemv_i16, f32, feeds } = measured.beside;
  const { what, detail, hopMs, macs, bytes } = contestant;
  const all = hops.flat();
  return {
    ...{ what, where, detail, hops: all.length },
    ...hopTimes(all, hopMs),
    hop_ms: hopMs,
    ...{ mmac_per_hop: macs === null ? null : macs / 1e6, bytes },
    heap_growth_bytes_per_1000_hops: heapGrowth === null ? null : Math.round(heapGrowth),
    times_floor: gemv_f32 ? ratio(hops, gemv_f32) : null,
    times_floor_i16: gemv_i16 ? ratio(hops, gemv_i16) : null,
    f32_p50_ms: f32 ? quantile(f32.flat(), 0.5) : null,
    f32_times_floor: f32 && gemv_f32 ? ratio(f32, gemv_f32) : null,
    times_wasm: wasm ? (ratio(hops, wasm.hops) * wasm.contestant.hopMs) / hopMs : null,
    feeds_p50_ms: feeds ? quantile(feeds.flat(), 0.5) : null,
  };
}

/** Median over the rounds of the ratio of the medians of a round. */
function ratio(these: RoundTimes, those: RoundTimes): number {
  return quantile(
    these.map((times, round) => quantile(times, 0.5) / quantile(those[round], 0.5)),
    0.5,
  );
}
