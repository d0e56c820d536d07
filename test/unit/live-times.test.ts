// The times of a live run: quantiles of what was counted, the clock between the threads, what a stream records of its hops.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HOP_SAMPLES } from '../../src/shared/audio-constants.ts';
import { SystemClock, stampMs } from '../../src/shared/latency-clock.ts';
import { EvenCounter, TimeCounter } from '../../src/shared/latency-histogram.ts';
import { PortRing } from '../../src/shared/port-ring.ts';
import { random } from '../../src/shared/random.ts';
import { createRingBuffer, RingReader, RingWriter } from '../../src/shared/ring.ts';
import { Live } from '../../src/worker/live.ts';
import { LiveEngine } from '../../src/worker/live-engine.ts';
import { LiveRecorder, SlidingTimes } from '../../src/worker/live-times.ts';
import { StreamExtractor } from '../../src/worker/stream-extractor.ts';

describe('SlidingTimes', () => {
  it('is null before the first step', () => {
    expect(new SlidingTimes().summary()).toBeNull();
  });

  it('gives nearest-rank percentiles of the newest 1024 steps', () => {
    const times = new SlidingTimes();
    for (let n = 0; n < 500; n++) times.add(1000);
    for (let n = 1024; n >= 1; n--) times.add(n);
    expect(times.summary()).toEqual({ n: 1024, p50: 512, p95: 973, p99: 1014, max: 1024 });
    times.clear();
    times.add(3);
    expect(times.summary()).toEqual({ n: 1, p50: 3, p95: 3, p99: 3, max: 3 });
  });

  it('gives the newest in the order in which they came', () => {
    const times = new SlidingTimes(4);
    for (let n = 1; n <= 6; n++) times.add(n);
    expect([...times.newest()]).toEqual([3, 4, 5, 6]);
    expect(times.count).toBe(6);
  });
});

describe('TimeCounter', () => {
  it('has the quantiles of any number of times to 2 %, and their maximum exactly', () => {
    const next = random(7);
    const counter = new TimeCounter();
    const all = Float64Array.from({ length: 20_000 }, () => 0.05 * Math.exp(3 * next() + 3 * next()));
    for (const ms of all) counter.add(ms);
    all.sort();
    const summary = counter.summary()!;
    expect(summary.n).toBe(20_000);
    expect(summary.max).toBe(all.at(-1));
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const)
      expect(Math.abs(summary[name] / all[Math.ceil(share * 20_000) - 1] - 1)).toBeLessThan(0.02);
  });

  it('takes what is very short and very long, and leaves out what is no time', () => {
    const counter = new TimeCounter();
    for (const ms of [NaN, -1, -Infinity]) counter.add(ms);
    expect(counter.summary()).toBeNull();
    counter.add(0);
    counter.add(1e9);
    expect(counter.summary()).toMatchObject({ n: 2, max: 1e9 });
    counter.clear();
    expect(counter.summary()).toBeNull();
  });
});

it('EvenCounter puts what is longer than all its bins into the last', () => {
  const counter = new EvenCounter(0.5, 4);
  for (const ms of [0, 0.49, 0.5, 1.7, 99, NaN, -1]) counter.add(ms);
  expect([...counter.histogram().counts]).toEqual([2, 1, 0, 2]);
});

describe('SystemClock', () => {
  afterEach(() => void vi.useRealTimers());

  it('says how long a stamp is ago, at most 1 ms too much, also when the system’s clock is set', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let steady = 5000.25;
    const clock = new SystemClock(() => steady);
    const next = random(3);
    // The system's clock is steady + offset, read in whole milliseconds.
    let offset = 1_800_000_000_000.4;
    const system = () => vi.setSystemTime(Math.floor(steady + offset));
    let worst = 0;
    let below = 0;
    for (let n = 0; n < 2000; n++) {
      if (n === 1000) offset -= 3_600_000;
      steady += 10 * next();
      system();
      const stamp = stampMs();
      const waited = 3 * next();
      steady += waited;
      system();
      const error = clock.sinceMs(stamp) - waited;
      // The clock learns the fraction of the offset from its first readings.
      if (n % 1000 > 100) {
        worst = Math.max(worst, error);
        below = Math.min(below, error);
      }
    }
    expect(worst).toBeLessThan(1.05);
    expect(below).toBeGreaterThan(-0.05);
  });

  it('gets over the stamp’s wrapping around', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(2 ** 22 * 400_000 - 1);
    const stamp = stampMs();
    vi.setSystemTime(2 ** 22 * 400_000 + 4);
    expect(new SystemClock(() => 0).sinceMs(stamp)).toBe(5);
  });
});

describe('a ring', () => {
  it('tells when the push happened that ended a wait, and nothing where nobody waited', async () => {
    const buffer = createRingBuffer(1024);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const before = stampMs();
    const waiting = reader.wait();
    writer.push(new Float32Array(128), 128);
    await waiting;
    expect(reader.wokenByStampMs).toBeGreaterThanOrEqual(before);
    expect(reader.wokenByStampMs).toBeLessThanOrEqual(stampMs());
    await reader.wait();
    expect(reader.wokenByStampMs).toBeNaN();
  });

  it('does so over a port, and carries the samples as before', async () => {
    const { port1, port2 } = new MessageChannel();
    const writer = new PortRing(port1, 1024);
    const reader = new PortRing(port2, 1024);
    const before = stampMs();
    const waiting = reader.wait();
    writer.push(
      Float32Array.from({ length: 128 }, (_, n) => n),
      128,
    );
    await waiting;
    expect(reader.wokenByStampMs).toBeGreaterThanOrEqual(before);
    const popped = new Float32Array(128);
    expect(reader.pop(popped, 128)).toBe(128);
    expect([popped[0], popped[127]]).toEqual([0, 127]);
    writer.close();
    reader.close();
  });
});

describe('a live stream', () => {
  it('records wake, resampling, step, read back and hop of every hop that it ran', async () => {
    const rateHz = 48_000;
    const slackSamples = 384;
    const engine = new LiveEngine({
      process: (mixture, estimate) => void estimate.set(mixture),
      skip: () => {},
      forget: () => {},
      reset: () => {},
      readbackMs: 1.5,
    });
    const extractor = new StreamExtractor(engine, rateHz);
    const capture = createRingBuffer(8192);
    const live = new Live(
      extractor,
      new RingReader(capture),
      new RingWriter(createRingBuffer(65_536)),
      slackSamples,
    );
    const running = live.start();
    const writer = new RingWriter(capture);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const hops = 40;
    for (let pushed = 0; pushed < 3 * HOP_SAMPLES * hops + 1024; pushed += 128) {
      writer.push(new Float32Array(128), 128);
      await turn();
      await turn();
    }
    await live.stop();
    await running;
    const times = engine.times.report();
    expect(times.hops).toBe(engine.hops);
    expect(times.hops).toBeGreaterThanOrEqual(hops);
    expect(times.wake!.n).toBeGreaterThan(hops);
    expect(times.step!.n).toBe(engine.hops);
    expect(times.readback).toMatchObject({ n: engine.hops, max: 1.5 });
    // The first hop hands nothing out: its answer is of the time before the start.
    expect(times.resample!.n).toBe(engine.hops - 1);
    expect(times.hop!.n).toBe(engine.hops);
    expect(times.histogram.counts.reduce((sum, count) => sum + count)).toBe(engine.hops);
    expect(times.newestHopMs.length).toBe(engine.hops);
    // Every quantum was worked on before the next came: at most the one that completes the hop is too much.
    expect(times.slackUsed!.max).toBeLessThanOrEqual((1000 * 128) / rateHz);
    expect(engine.times.newestSteps.summary()!.n).toBe(engine.hops);
  });

  it('says what the late hops were late for', () => {
    const recorder = new LiveRecorder();
    recorder.addSlackUsed(9, 6, 1, true);
    recorder.addSlackUsed(9, 1, 6, true);
    recorder.addSlackUsed(9, 1, 1, true);
    recorder.addSlackUsed(12, 1, 2, true);
    recorder.addSlackUsed(7, 6, 1, false);
    expect(recorder.report().late).toEqual({ wake: 1, hop: 1, device: 2 });
    expect(recorder.report().slackUsed).toMatchObject({ n: 5, max: 12 });
    recorder.clear();
    expect(recorder.report().late).toEqual({ wake: 0, hop: 0, device: 0 });
  });

  it('forgets the run before', () => {
    const recorder = new LiveRecorder();
    recorder.addStep(1);
    recorder.addHop(2);
    recorder.wake.add(1);
    recorder.clear();
    expect(recorder.report()).toMatchObject({ wake: null, step: null, hop: null, hops: 0 });
  });
});
