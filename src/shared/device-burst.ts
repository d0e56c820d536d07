// How many quanta a device asks for at once. What is handed back while it asks comes too late for it, so the slack must hold a whole burst.

export const BURST_METER_NAME = 'crossmamba-burst-meter';

export interface BurstMeterOptions {
  /** How many `process()` calls are looked at. */
  readonly quanta: number;
}

/** What the processor tells once: Date.now() of every call. */
export type FromBurstMeter = Float64Array<ArrayBuffer>;

/** Shares of the calls that may come early or late without being taken for a burst. */
const RARE = 0.05;
/** Half a tick of Date.now(), which blurs both ends. */
const CLOCK_MS = 0.5;

/**
 * Quanta that come at once, 1 where each comes in its own time: how far the calls run ahead of a steady time and fall behind it.
 * @param stampsMs Date.now() of consecutive `process()` calls.
 */
export function burstQuanta(stampsMs: Float64Array, quantumMs: number): number {
  if (stampsMs.length === 0) return 1;
  const ahead = stampsMs.map((stamp, n) => n * quantumMs - (stamp - stampsMs[0])).sort();
  const at = (share: number) => ahead[Math.round(share * (ahead.length - 1))];
  return 1 + Math.max(0, Math.round((at(1 - RARE) - at(RARE) - CLOCK_MS) / quantumMs));
}
