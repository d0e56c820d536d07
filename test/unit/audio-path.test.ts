// The audio thread's path with the worker's live stream behind it, in one thread and without a browser: the delay is what is
// promised, losses are counted and shift nothing, bypass does not jump, nothing that is not finite gets through.
import { afterEach, describe, expect, it } from 'vitest';
import { AudioPath } from '../../worklet/audio-path.ts';
import { AudioCounters, createCounterBuffer } from '../../src/shared/audio-counters.ts';
import { HOP_SAMPLES } from '../../src/shared/audio-constants.ts';
import { extractorLagSamples } from '../../src/shared/audio-lag.ts';
import type { MissedPolicy } from '../../src/shared/protocol.ts';
import { createRingBuffer, RingReader, RingWriter } from '../../src/shared/ring.ts';
import { Live } from '../../src/worker/live.ts';
import { StreamExtractor, type HopEngine } from '../../src/worker/stream-extractor.ts';
import { noise } from './seeded.ts';

/** Answers with the hop before, times `gain`; can be held up. */
class GainEngine implements HopEngine {
  gain = 1;
  hops = 0;
  forgets = 0;
  held = false;
  #hold: Promise<void> | undefined;
  #release = () => {};
  readonly #previous = new Float32Array(HOP_SAMPLES);

  async process(mixture: Float32Array, estimate: Float32Array): Promise<void> {
    await this.#hold;
    this.hops++;
    for (let n = 0; n < HOP_SAMPLES; n++) estimate[n] = this.#previous[n] * this.gain;
    this.#previous.set(mixture);
  }

  hold(): void {
    if (this.held) return;
    this.held = true;
    this.#hold = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.held = false;
    this.#release();
  }

  skip(mixture: Float32Array): void {
    this.#previous.set(mixture);
  }

  forget(): void {
    this.forgets++;
  }

  reset(): void {
    this.#previous.fill(0);
  }
}

interface RigOptions {
  readonly rateHz?: number;
  readonly policy?: MissedPolicy;
  readonly bypass?: boolean;
  readonly strength?: number;
  readonly slackSamples?: number;
  readonly capacity?: number;
  readonly connected?: boolean;
}

const running: Live[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((live) => live.stop()));
});

function rig(options: RigOptions = {}) {
  const {
    rateHz = 16_000,
    policy = 'silence',
    bypass = false,
    strength = 1,
    slackSamples = 384,
    capacity = 4096,
  } = options;
  const delaySamples = extractorLagSamples(rateHz) + slackSamples;
  const counters = new AudioCounters(createCounterBuffer(true));
  const path = new AudioPath({ rateHz, delaySamples, missedPolicy: policy, bypass, strength, counters });
  const capture = createRingBuffer(capacity);
  const playback = createRingBuffer(capacity);
  const engine = new GainEngine();
  const extractor = new StreamExtractor(engine, rateHz);
  const reader = new RingReader(capture);
  const live = new Live(extractor, reader, new RingWriter(playback), slackSamples);
  if (options.connected ?? true) {
    path.connect(new RingWriter(capture), new RingReader(playback));
    void live.start();
    running.push(live);
  }
  /** Runs one quantum and lets the worker's side catch up. */
  const quantum = async (inputs: Float32Array[], output: Float32Array) => {
    path.process(inputs, [output]);
    await settled(reader, engine, extractor);
  };
  /** All of `mixture`, quantum by quantum; returns what is played. */
  const play = async (mixture: Float32Array, before: (n: number) => void = () => {}) => {
    const played = new Float32Array(mixture.length);
    for (let n = 0; n + 128 <= mixture.length; n += 128) {
      before(n);
      await quantum([mixture.subarray(n, n + 128)], played.subarray(n, n + 128));
    }
    return played;
  };
  return { path, counters, engine, extractor, live, delaySamples, quantum, play };
}

/** The worker's side has taken all that completes a hop, or is held up, and is through with it. */
async function settled(capture: RingReader, engine: GainEngine, extractor: StreamExtractor): Promise<void> {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (capture.available >= extractor.samplesToNextHop && !engine.held) await turn();
  for (let n = 0; n < 3; n++) await turn();
}

function delayed(samples: Float32Array, by: number): Float32Array {
  const out = new Float32Array(samples.length);
  out.set(samples.subarray(0, samples.length - by), by);
  return out;
}

describe('AudioPath', () => {
  it('plays the estimate exactly delaySamples late, and misses nothing', async () => {
    const { play, counters, delaySamples } = rig();
    const mixture = noise(128 * 60, 1, 0.5);
    expect(await play(mixture)).toEqual(delayed(mixture, delaySamples));
    expect(counters.counts()).toMatchObject({
      quanta: 60,
      missedSamples: 0,
      missedQuanta: 0,
      lateSamples: 0,
    });
  });

  it.each([8000, 11_025, 44_100, 48_000, 192_000])('plays it exactly as late at %i Hz', async (rateHz) => {
    const { play, counters, delaySamples } = rig({ rateHz, slackSamples: 384, capacity: 65_536 });
    const length = 128 * Math.round((0.12 * rateHz) / 128);
    const mixture = new Float32Array(length).map((_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / rateHz));
    const played = await play(mixture);
    const expected = delayed(mixture, delaySamples);
    let worst = 0;
    for (let n = delaySamples + Math.ceil(rateHz / 200); n < length; n++)
      worst = Math.max(worst, Math.abs(played[n] - expected[n]));
    expect(worst).toBeLessThan(2e-3);
    expect(counters.counts()).toMatchObject({ missedSamples: 0, lateSamples: 0, overflowSamples: 0 });
  });

  it('takes the mean of all channels, none as silence', async () => {
    const { quantum, delaySamples } = rig();
    const left = noise(128, 2, 0.5);
    const right = noise(128, 3, 0.5);
    const out = new Float32Array(128 * 10);
    for (let n = 0; n < 10; n++)
      await quantum(n === 0 ? [left, right] : [], out.subarray(n * 128, n * 128 + 128));
    const expected = new Float32Array(128 * 10);
    left.forEach((x, n) => (expected[delaySamples + n] = (x + right[n]) / 2));
    expect(out).toEqual(expected);
  });

  it.each(['silence', 'mixture'] as const)(
    'plays %s while the worker stands still, counts it, and is in place again afterwards',
    async (policy) => {
      const { play, engine, counters, delaySamples } = rig({ policy });
      engine.gain = 0.5;
      const mixture = noise(128 * 120, 4, 0.5);
      const played = await play(mixture, (n) => {
        if (n === 128 * 40) engine.hold();
        if (n === 128 * 60) engine.release();
      });
      const expected = delayed(mixture, delaySamples);
      let missed = 0;
      for (let n = 0; n < played.length; n++) {
        const instead = policy === 'silence' ? 0 : expected[n];
        if (played[n] === 0.5 * expected[n] && expected[n] !== 0) continue;
        if (expected[n] === 0) continue;
        missed++;
        if (played[n] !== instead) expect(played[n]).toBe(instead);
        expect(n).toBeGreaterThanOrEqual(128 * 40);
        expect(n).toBeLessThan(128 * 60 + delaySamples + 256);
      }
      const counts = counters.counts();
      expect(counts.missedSamples).toBe(missed);
      expect(missed).toBeGreaterThan(1000);
      expect(counts.missedQuanta).toBeGreaterThanOrEqual(missed / 128);
      // The end is whole again: not a sample off.
      const tail = 128 * 80;
      expect(played.subarray(tail)).toEqual(expected.subarray(tail).map((x) => 0.5 * x));
    },
  );

  it('conceals what is missing by the share that passed before, and is in place again afterwards', async () => {
    const mixture = noise(128 * 120, 16, 0.5);
    const playedWith = async (policy: MissedPolicy) => {
      const { play, engine, counters, delaySamples } = rig({ policy });
      engine.gain = 0.5;
      const played = await play(mixture, (n) => {
        if (n === 128 * 40) engine.hold();
        if (n === 128 * 60) engine.release();
      });
      const expected = delayed(mixture, delaySamples).map((x) => 0.5 * x);
      return { played, expected, missed: counters.counts().missedSamples };
    };
    const { played, expected, missed } = await playedWith('conceal');
    const silent = await playedWith('silence');
    expect(missed).toBe(silent.missed);
    const first = silent.played.findIndex((x, n) => x === 0 && expected[n] !== 0);
    const end = 128 * 60;
    // 30 ms as if nothing were missing, then it goes.
    for (let n = first; n < first + 480; n++) expect(played[n]).toBeCloseTo(expected[n], 6);
    for (let n = first + 480; n < end; n++)
      expect(played[n]).toBeCloseTo(expected[n] * Math.max(0, 1 - (n - first - 480) / 960), 6);
    expect(end - first).toBeGreaterThan(1800);
    const tail = 128 * 80;
    expect(played.subarray(tail)).toEqual(expected.subarray(tail));
  });

  it('conceals nothing at the start, where nobody knows yet what passes', async () => {
    const { play, engine, counters } = rig({ policy: 'conceal' });
    engine.hold();
    const played = await play(noise(128 * 40, 17, 0.5));
    engine.release();
    expect(played).toEqual(new Float32Array(128 * 40));
    expect(counters.counts().missedSamples).toBeGreaterThan(1000);
  });

  it('keeps its place when even the capture ring overflows', async () => {
    const { play, engine, counters, delaySamples } = rig({ capacity: 1024, slackSamples: 256 });
    const mixture = noise(128 * 200, 5, 0.5);
    const played = await play(mixture, (n) => {
      if (n === 128 * 40) engine.hold();
      if (n === 128 * 100) engine.release();
    });
    expect(counters.counts().overflowSamples).toBeGreaterThan(1000);
    const tail = 128 * 150;
    expect(played.subarray(tail)).toEqual(delayed(mixture, delaySamples).subarray(tail));
  });

  it('leaves out the hops that would come too late, never runs behind', async () => {
    const { play, engine, extractor } = rig();
    await play(noise(128 * 100, 6, 0.5), (n) => {
      if (n === 128 * 40) engine.hold();
      if (n === 128 * 60) engine.release();
    });
    expect(extractor.missedHops).toBeGreaterThan(10);
    expect(extractor.missedHops).toBeLessThanOrEqual(21);
    expect(engine.hops + extractor.missedHops).toBe(100);
  });

  it('takes what a worker that is always too slow can give, each sample in its place', async () => {
    const { play, engine, extractor, counters, delaySamples } = rig();
    const mixture = noise(128 * 300, 11, 0.5);
    // Every hop takes as long as five quanta bring sound for.
    const played = await play(mixture, (n) => {
      if ((n / 128) % 5 === 0) engine.release();
      engine.hold();
    });
    engine.release();
    const expected = delayed(mixture, delaySamples);
    let good = 0;
    for (let n = delaySamples; n < played.length; n++) {
      if (played[n] !== 0) expect(played[n]).toBe(expected[n]);
      if (played[n] !== 0) good++;
    }
    const { missedSamples, overflowSamples } = counters.counts();
    expect(overflowSamples).toBe(0);
    expect(good).toBe(played.length - delaySamples - missedSamples);
    expect(extractor.missedHops).toBeGreaterThan(100);
    expect(engine.hops).toBeGreaterThan(20);
  });

  it('fades to bypass and back without a jump, aligned', async () => {
    const rateHz = 48_000;
    const { path, play, engine, delaySamples } = rig({ rateHz, slackSamples: 512, capacity: 16_384 });
    engine.gain = 0.25;
    const sine = (n: number) => 0.5 * Math.sin((2 * Math.PI * 200 * n) / rateHz);
    const mixture = new Float32Array(128 * 160).map((_, n) => sine(n));
    const played = await play(mixture, (n) => {
      if (n === 128 * 60) path.bypass = true;
      if (n === 128 * 110) path.bypass = false;
    });
    let step = 0;
    for (let n = delaySamples + 200; n < played.length; n++)
      step = Math.max(step, Math.abs(played[n] - played[n - 1]));
    // The sine's own steepest step is 0.0131; a hard switch would jump by up to 0.375; a 10 ms fade adds 0.375 / 480.
    expect(step).toBeLessThan(0.0131 + 0.375 / 480 + 1e-3);
    const whole = 128 * 60 + 480;
    for (let n = whole; n < 128 * 110; n++) expect(played[n]).toBe(Math.fround(mixture[n - delaySamples]));
    for (let n = 128 * 110 + 480; n < played.length; n++)
      expect(Math.abs(played[n] - 0.25 * mixture[n - delaySamples])).toBeLessThan(1e-3);
  });

  it.each([0, 0.3, 0.9, 1])(
    'takes away a share of %s of the others, aligned to the sample',
    async (strength) => {
      const { play, engine, delaySamples } = rig({ strength });
      engine.gain = 0.25;
      const mixture = noise(128 * 60, 12, 0.5);
      const played = await play(mixture);
      const expected = delayed(mixture, delaySamples).map((x) => 0.25 * x + (1 - strength) * 0.75 * x);
      for (let n = 0; n < played.length; n++) expect(Math.abs(played[n] - expected[n])).toBeLessThan(1e-7);
    },
  );

  it('ramps to another strength within 10 ms, shares the ramp with bypass, and never jumps', async () => {
    const rateHz = 48_000;
    const { path, play, engine, delaySamples } = rig({ rateHz, slackSamples: 512, capacity: 16_384 });
    engine.gain = 0;
    const mixture = new Float32Array(128 * 160).fill(0.5);
    const changes = [
      { at: 128 * 60, apply: () => (path.strength = 0.5), share: 0.5 },
      { at: 128 * 80, apply: () => (path.bypass = true), share: 1 },
      { at: 128 * 100, apply: () => (path.strength = 0), share: 1 },
      { at: 128 * 120, apply: () => (path.bypass = false), share: 1 },
      { at: 128 * 140, apply: () => (path.strength = 1), share: 0 },
    ];
    const played = await play(mixture, (n) => changes.find(({ at }) => at === n)?.apply());
    for (let n = delaySamples + 200; n < played.length; n++)
      expect(Math.abs(played[n] - played[n - 1])).toBeLessThan(0.5 / 480 + 1e-6);
    changes.forEach(({ at, share }, k) => {
      for (let n = at + 481; n < (changes[k + 1]?.at ?? played.length); n++)
        expect(played[n]).toBeCloseTo(share * 0.5, 6);
    });
  });

  it.each([false, true])(
    'grows its delay with a fade and a gap, and loses nothing (bypass: %s)',
    async (bypass) => {
      const rateHz = 48_000;
      const options = { rateHz, bypass, slackSamples: 512, capacity: 16_384 };
      const { path, play, live, counters, delaySamples } = rig(options);
      const [at, grown] = [128 * 60, 1000];
      const growths: (number | undefined)[] = [];
      const mixture = new Float32Array(128 * 200).map(
        (_, n) => 0.5 * Math.sin((2 * Math.PI * 200 * n) / rateHz),
      );
      const played = await play(mixture, (n) => {
        if (n > 0) growths.push(path.takeGrowth());
        if (n !== at) return;
        live.growSlack(512 + grown);
        path.growDelay(delaySamples + grown);
        path.growDelay(delaySamples); // shorter: nothing
      });
      // 10 ms to fade out, in whole quanta.
      const frame = at + 512;
      expect(growths.filter((growth) => growth !== undefined)).toEqual([frame]);
      for (let n = delaySamples + 200; n < at; n++)
        expect(Math.abs(played[n] - mixture[n - delaySamples])).toBeLessThan(2e-3);
      for (let n = frame; n < frame + grown; n++) expect(played[n]).toBe(0);
      // What comes next is what came next, behind a fade of four quanta.
      for (let n = frame + grown + 512; n < played.length; n++)
        expect(Math.abs(played[n] - mixture[n - delaySamples - grown])).toBeLessThan(2e-3);
      const steepest = 0.0131 + 0.5 / 480 + 1e-3;
      for (let n = delaySamples + 200; n < played.length; n++)
        expect(Math.abs(played[n] - played[n - 1])).toBeLessThan(steepest);
      expect(counters.counts()).toMatchObject({ missedSamples: 0, lateSamples: 0 });
    },
  );

  it.each([8000, 16_000, 44_100, 48_000, 192_000])(
    'goes on where it was, to the sample, at %i Hz',
    async (rateHz) => {
      const { path, play, delaySamples } = rig({ rateHz, bypass: true, connected: false });
      const mixture = noise(128 * 120, 14, 0.5);
      const grown = 700;
      let at = NaN;
      const played = await play(mixture, (n) => {
        if (n === 128 * 20) path.growDelay(delaySamples + grown);
        at = path.takeGrowth() ?? at;
      });
      // The fades' shares are known, so what was played says which sample it was.
      const steps = 128 * Math.ceil((0.01 * rateHz) / 128);
      expect(at).toBe(128 * 20 + steps);
      for (let n = 1; n < steps; n++) {
        const last = mixture[at - n - delaySamples] ?? 0;
        expect(played[at - n]).toBeCloseTo(((n - 1) / steps) * last, 6);
        expect(played[at + grown + n - 1]).toBeCloseTo(
          (n / steps) * (mixture[at + n - 1 - delaySamples] ?? 0),
          6,
        );
      }
      expect(played.subarray(at, at + grown)).toEqual(new Float32Array(grown));
    },
  );

  it('plays nothing twice where the delay grows again within the gap', async () => {
    for (const bypass of [false, true]) {
      const { path, play, live, counters, delaySamples } = rig({ bypass });
      const mixture = noise(128 * 120, 15, 0.5);
      const grow = (by: number) => {
        live.growSlack(384 + by);
        path.growDelay(delaySamples + by);
      };
      const played = await play(mixture, (n) => {
        if (n === 128 * 40) grow(1000);
        if (n === 128 * 45) grow(2000);
      });
      const [at, tail] = [128 * 42, 128 * 42 + 2000 + 256];
      for (let n = at; n < at + 2000; n++) expect(played[n]).toBe(0);
      expect(played.subarray(tail)).toEqual(delayed(mixture, delaySamples + 2000).subarray(tail));
      expect(counters.counts()).toMatchObject({ missedSamples: 0, lateSamples: 0 });
    }
  });

  it('is in place with a longer delay even where the worker stood still when it grew', async () => {
    const { path, play, live, engine, delaySamples } = rig();
    const mixture = noise(128 * 160, 13, 0.5);
    const played = await play(mixture, (n) => {
      if (n === 128 * 30) engine.hold();
      if (n === 128 * 50) engine.release();
      if (n !== 128 * 40) return;
      live.growSlack(384 + 700);
      path.growDelay(delaySamples + 700);
    });
    const tail = 128 * 80;
    expect(played.subarray(tail)).toEqual(delayed(mixture, delaySamples + 700).subarray(tail));
  });

  it('bypasses from the start and without a worker', async () => {
    const { play, delaySamples } = rig({ bypass: true, connected: false });
    const mixture = noise(128 * 30, 7, 0.5);
    expect(await play(mixture)).toEqual(delayed(mixture, delaySamples));
  });

  it('lets no NaN and no Inf through, neither live nor in bypass, and counts them', async () => {
    for (const bypass of [false, true]) {
      const { play, counters, delaySamples } = rig({ bypass });
      const mixture = noise(128 * 40, 8, 0.5);
      const clean = mixture.slice();
      for (const [n, bad] of [
        [1000, NaN],
        [1001, Infinity],
        [1500, -Infinity],
      ] as const) {
        mixture[n] = bad;
        clean[n] = 0;
      }
      expect(await play(mixture)).toEqual(delayed(clean, delaySamples));
      expect(counters.counts().nonFinite).toBe(3);
      expect(Number.isFinite(counters.levels().inputRms)).toBe(true);
    }
  });

  it('counts as silence what came before the worker was there', async () => {
    const { path, engine, delaySamples, extractor } = rig({ connected: false });
    let reader = new RingReader(createRingBuffer(1));
    const mixture = noise(128 * 40, 9, 0.5);
    const played = new Float32Array(mixture.length);
    for (let n = 0; n < mixture.length; n += 128) {
      if (n === 128 * 10) {
        const capture = createRingBuffer(4096);
        const playback = createRingBuffer(4096);
        path.connect(new RingWriter(capture), new RingReader(playback));
        reader = new RingReader(capture);
        const live = new Live(extractor, reader, new RingWriter(playback), 384);
        void live.start();
        running.push(live);
      }
      path.process([mixture.subarray(n, n + 128)], [played.subarray(n, n + 128)]);
      await settled(reader, engine, extractor);
    }
    const from = 128 * 10 + delaySamples;
    expect(played.subarray(from)).toEqual(delayed(mixture, delaySamples).subarray(from));
    expect(played.subarray(0, from).every((x) => x === 0)).toBe(true);
  });

  it('forgets on request without moving anything', async () => {
    const { play, live, engine, counters, delaySamples } = rig();
    const mixture = noise(128 * 40, 10, 0.5);
    const played = await play(mixture, (n) => {
      if (n === 128 * 20) live.requestReset();
    });
    expect(engine.forgets).toBe(1);
    expect(played).toEqual(delayed(mixture, delaySamples));
    expect(counters.counts().missedSamples).toBe(0);
  });

  it('measures what goes in and what comes out', async () => {
    const { play, engine, counters } = rig();
    engine.gain = 0.5;
    const mixture = new Float32Array(128 * 200).map(
      (_, n) => 0.8 * Math.sin((2 * Math.PI * 250 * n) / 16_000),
    );
    await play(mixture);
    const { inputRms, inputPeak, outputRms, outputPeak } = counters.levels();
    expect(inputRms).toBeCloseTo(0.8 / Math.SQRT2, 2);
    expect(outputRms).toBeCloseTo(0.4 / Math.SQRT2, 2);
    expect(inputPeak).toBeCloseTo(0.8, 2);
    expect(outputPeak).toBeCloseTo(0.4, 2);
  });
});

describe('the counters', () => {
  it('know where a run began after days of sound too', () => {
    for (const shared of [true, false]) {
      const counters = new AudioCounters(createCounterBuffer(shared));
      expect(counters.counts().startFrame).toBe(0);
      for (const frame of [128, 2 ** 32 - 128, 2 ** 32 + 128, 5 * 2 ** 32]) {
        counters.setStartFrame(frame);
        counters.add('quanta', 1);
        counters.setLevels(0.1, 0.2, 0.3, 0.4);
        expect(counters.counts().startFrame).toBe(frame);
      }
      expect(counters.counts()).toMatchObject({ quanta: 4, missedSamples: 0, nonFinite: 0 });
      expect(counters.levels().outputPeak).toBeCloseTo(0.4, 6);
    }
  });
});
