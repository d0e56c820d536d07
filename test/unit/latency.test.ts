// The arithmetic of the latency test: known sequences, their place in a recording, what is believed and what is refused, the verdict.
import { describe, expect, it } from 'vitest';
import { crossCorrelation, findArrival } from '../../src/shared/latency-correlation.ts';
import { judgeTake, summariseLoop } from '../../src/shared/latency-loop.ts';
import type { LatencyReport, LiveReport, LoopTake } from '../../src/shared/latency-report.ts';
import { maximumLengthSequence } from '../../src/shared/latency-sequence.ts';
import { findings, slackParts } from '../../src/shared/latency-verdict.ts';
import { report } from '../report.ts';
import { noise } from './seeded.ts';

const RATE_HZ = 48_000;
const SEQUENCE = maximumLengthSequence(13).map((value) => 0.25 * value);

/** The sequence `delay` samples late, with an echo and noise, in `samples` of recording. */
function heard(delay: number, { samples = 40_000, gain = 0.3, echo = 0, noisePeak = 0 } = {}): Float32Array {
  const recorded = noise(samples, 11, noisePeak);
  for (let n = 0; n < SEQUENCE.length; n++) {
    recorded[delay + n] += gain * SEQUENCE[n];
    if (echo !== 0) recorded[delay + 700 + n] += gain * echo * SEQUENCE[n];
  }
  return recorded;
}

const arrival = (recorded: Float32Array) => findArrival(crossCorrelation(recorded, SEQUENCE), RATE_HZ);

describe('a maximum-length sequence', () => {
  it.each([9, 10, 11, 12, 13, 14, 15, 16])('of order %i is like itself at one lag only', (order) => {
    const sequence = maximumLengthSequence(order);
    expect(sequence.length).toBe(2 ** order - 1);
    expect(sequence.reduce((sum, value) => sum + value, 0)).toBe(1);
    for (const lag of [1, 2, 3, 17, 100, sequence.length - 1]) {
      let sum = 0;
      for (let n = 0; n < sequence.length; n++) sum += sequence[n] * sequence[(n + lag) % sequence.length];
      expect(sum).toBe(-1);
    }
  });

  it('has an order that is supported', () => {
    expect(() => maximumLengthSequence(8)).toThrow(/from 9 to 16, got 8/);
  });
});

describe('an arrival', () => {
  it.each([0, 1, 1244, 31_000])('is found to the sample: %i', (delay) => {
    const { lagSamples, clear, peakToSecond, peakToNoise } = arrival(heard(delay));
    expect({ lagSamples, clear }).toEqual({ lagSamples: delay, clear: true });
    report(
      `arrival at ${delay}: peak to second ${peakToSecond.toFixed(1)}, to noise ${peakToNoise.toFixed(0)}`,
    );
  });

  it('is found below noise of ten times its power, before an echo of 0.7, turned over', () => {
    // 0.25 · 0.3 against noise of rms 0.24.
    expect(arrival(heard(5000, { noisePeak: 0.41, echo: 0 }))).toMatchObject({
      lagSamples: 5000,
      clear: true,
    });
    expect(arrival(heard(5000, { echo: 0.7 }))).toMatchObject({ lagSamples: 5000, clear: true });
    expect(arrival(heard(5000, { gain: -0.3, echo: 0.5, noisePeak: 0.05 }))).toMatchObject({
      lagSamples: 5000,
      clear: true,
    });
  });

  it('is the first, also where the echo is louder', () => {
    expect(arrival(heard(5000, { echo: 1.3, noisePeak: 0.01 })).lagSamples).toBe(5000);
  });

  it('is not believed in noise alone, in silence, or with an echo as loud as itself', () => {
    for (let seed = 1; seed <= 20; seed++) expect(arrival(noise(40_000, seed, 0.5)).clear).toBe(false);
    expect(arrival(new Float32Array(40_000)).clear).toBe(false);
    expect(arrival(heard(5000, { echo: 0.95 })).clear).toBe(false);
  });

  it('needs a recording that the sequence fits into', () => {
    expect(() => crossCorrelation(new Float32Array(100), SEQUENCE)).toThrow(/expected 8191 to 65536/);
    expect(() => crossCorrelation(new Float32Array(70_000), SEQUENCE)).toThrow(/got 70000/);
  });
});

const CLAIMS = { rateHz: RATE_HZ, baseLatencyMs: 3, outputLatencyMs: 10, microphoneLatencyMs: null };
const take = (opening: number, delayMs: number, refused: LoopTake['refused'] = null): LoopTake => ({
  ...{ opening, delayMs, refused, peakToSecond: 5, peakToNoise: 50 },
});

describe('the loop', () => {
  const played = heard(0, { gain: 1 });

  it('is judged by what was played and what was heard', () => {
    const judged = judgeTake(played, heard(2400, { echo: 0.4, noisePeak: 0.02 }), SEQUENCE, RATE_HZ, 3);
    expect(judged).toMatchObject({ opening: 3, delayMs: 50, refused: null });
  });

  it('is refused with the reason', () => {
    const judge = (recorded: Float32Array) => judgeTake(played, recorded, SEQUENCE, RATE_HZ, 0).refused;
    expect(judge(new Float32Array(40_000))).toBe('silent');
    expect(judge(noise(40_000, 5, 0.2))).toBe('unclear');
    expect(judge(noise(40_000, 5, 3).map((x) => Math.max(-1, Math.min(1, x))))).toBe('clipped');
  });

  it('is summed up by median and spread, within openings and between them', () => {
    const takes = [take(0, 50), take(0, 51), take(1, 60), take(1, 60), take(1, 9, 'unclear')];
    expect(summariseLoop(takes, CLAIMS)).toMatchObject({
      openings: 2,
      refused: null,
      delayMs: { n: 4, min: 50, p50: 51, max: 60, withinOpening: 1, betweenOpenings: 10 },
    });
  });

  it('gives no delay where too few takes count, and says what most suffered from', () => {
    const takes = [take(0, 50), take(0, 51, 'silent'), take(0, 3, 'silent'), take(1, 9, 'unclear')];
    expect(summariseLoop(takes, CLAIMS)).toMatchObject({ delayMs: null, refused: 'silent' });
    expect(summariseLoop([], CLAIMS)).toMatchObject({ delayMs: null, refused: 'unclear' });
  });
});

describe('the verdict', () => {
  const times = (p99: number, max = p99) => ({ n: 1000, p50: p99 / 2, p95: p99, p99, max });
  const live: LiveReport = {
    ...{ seconds: 60, hops: 7500, skippedHops: 0, missedDeadlines: 0, missedMs: 0 },
    times: {
      wake: times(0.8),
      resample: times(0.2),
      step: times(1),
      readback: null,
      hop: times(1.2),
      slackUsed: times(2.67, 2.67),
    },
    late: { wake: 0, hop: 0, device: 0 },
    hopHistogram: { binMs: 0.25, counts: [] },
  };
  const extractor = {
    ...{ model: 'm', backend: 'wasm', reason: '', transport: 'ring', slackMs: 8, promisedMs: 25.9 },
  };
  const node = {
    ...{ rateHz: RATE_HZ, promisedSamples: 1244, repeats: 3, measuredSamples: [1244, 1244, 1244] },
    peakToSecond: 20,
  };
  const nothing: Pick<LatencyReport, 'extractor' | 'live' | 'node' | 'loop'> = {
    ...{ extractor, live: null, node: null, loop: null },
  };

  it('says nothing where nothing was measured', () => {
    expect(findings(nothing)).toEqual([]);
  });

  it('says whether the promise holds, and by how much it does not', () => {
    expect(findings({ ...nothing, node })[0]).toMatchObject({ about: 'node', level: 'good', offSamples: 0 });
    const off = { ...node, measuredSamples: [1244, 1372, 1244] };
    expect(findings({ ...nothing, node: off })[0]).toMatchObject({ level: 'bad', offSamples: 128 });
    expect(findings({ ...nothing, node: { ...node, measuredSamples: [] } })[0].about).toBe('node-unclear');
  });

  it('names the part that takes most of the slack, and a slack that would do', () => {
    expect(slackParts(live).burst).toBeCloseTo(0.67);
    expect(findings({ ...nothing, live })).toEqual([
      {
        ...{ level: 'good', about: 'reserve', slackMs: 8, usedMs: 2.67 },
        ...{ largest: 'compute', largestMs: 1, smallerSlackMs: 5 },
      },
    ]);
    const bursts = { ...live, times: { ...live.times, slackUsed: times(8, 8) } };
    expect(findings({ ...nothing, live: bursts })[0]).toMatchObject({
      largest: 'burst',
      smallerSlackMs: null,
    });
    const missed = {
      ...live,
      missedDeadlines: 3,
      missedMs: 8,
      times: { ...live.times, step: times(9), readback: times(7), slackUsed: times(8, 11.4) },
    };
    expect(findings({ ...nothing, live: missed })[0]).toMatchObject({
      ...{ about: 'misses', level: 'bad', largest: 'readback', slackMs: 14 },
    });
    // What the late hops themselves say counts more than what is usual.
    for (const [late, largest] of [
      [{ wake: 5, hop: 1, device: 2 }, 'wake'],
      [{ wake: 0, hop: 1, device: 2 }, 'burst'],
      [{ wake: 1, hop: 3, device: 2 }, 'readback'],
    ] as const)
      expect(findings({ ...nothing, live: { ...missed, late } })[0]).toMatchObject({ largest });
  });

  it('compares the loop with what the browser claims and with what is added; what is bad comes first', () => {
    const loop = summariseLoop([take(0, 40), take(1, 52)], CLAIMS);
    const all = findings({ ...nothing, node: { ...node, measuredSamples: [1250, 1250, 1250] }, loop });
    expect(all.map(({ about }) => about)).toEqual(['node', 'loop', 'loop-varies']);
    expect(all[1]).toMatchObject({ loopMs: 40, unexplainedMs: 30 });
    const refused = summariseLoop([take(0, 1, 'silent')], CLAIMS);
    expect(findings({ ...nothing, loop: refused })).toEqual([
      { level: 'bad', about: 'loop-refused', why: 'silent' },
    ]);
  });
});
