// A device's bursts as the audio thread's clock shows them, and the slack that they need.
import { describe, expect, it } from 'vitest';
import { MissedSeconds } from '../../src/slack-watch.ts';
import { moreSlack, slackSamples } from '../../src/slack.ts';
import { burstQuanta } from '../../src/shared/device-burst.ts';
import { InputError } from '../../src/shared/errors.ts';
import { random } from '../../src/shared/random.ts';

const QUANTA = 100;

/** Date.now() of calls that come `burst` at once. `lateMs`: how late 1 burst in 60 is; the next ones are in time again. */
function stamps(burst: number, quantumMs: number, { seed = 1, lateMs = 0, tickMs = 1 } = {}): Float64Array {
  const next = random(seed);
  const offset = 1e12 + 7 * next();
  let late = 0;
  return Float64Array.from({ length: QUANTA }, (_, n) => {
    if (n % burst === 0) late = next() < 1 / 60 ? lateMs : 0;
    const ms = offset + Math.floor(n / burst) * burst * quantumMs + (n % burst) * 0.03 + late;
    return Math.floor(ms / tickMs) * tickMs;
  });
}

describe('burstQuanta', () => {
  it.each([
    [128 / 48, 1],
    [128 / 48, 2],
    [128 / 48, 4],
    [128 / 48, 8],
    [128 / 44.1, 1],
    [128 / 44.1, 4],
    [128 / 16, 1],
    [128 / 192, 4],
  ])('of calls every %f ms that come %i at once', (quantumMs, burst) => {
    for (let seed = 1; seed <= 20; seed++) {
      const found = burstQuanta(stamps(burst, quantumMs, { seed }), quantumMs);
      // A millisecond is more than one quantum where these are short.
      expect(Math.abs(found - burst)).toBeLessThanOrEqual(quantumMs < 1.5 ? 1.5 / quantumMs : 0);
    }
  });

  it('takes a burst that is late now and then for none', () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(burstQuanta(stamps(1, 8 / 3, { seed, lateMs: 12 }), 8 / 3)).toBeLessThanOrEqual(3);
  });

  it('is 1 where nothing was written down, and not much more where the clock is coarse', () => {
    expect(burstQuanta(new Float64Array(0), 8 / 3)).toBe(1);
    const coarse = burstQuanta(stamps(1, 8 / 3, { tickMs: 16 }), 8 / 3);
    expect(coarse).toBeGreaterThan(1);
    expect(coarse).toBeLessThanOrEqual(7);
  });
});

describe('the slack', () => {
  it('is what was asked for, whatever the device does', () => {
    expect(slackSamples(12, 48_000, 8)).toBe(576);
    expect(slackSamples(0, 48_000, 8)).toBe(0);
    expect(() => slackSamples(-1, 48_000)).toThrow(InputError);
  });

  it('is 8 ms at least by default, and what a burst has beyond one quantum', () => {
    expect(slackSamples(undefined, 48_000)).toBe(384);
    expect(slackSamples(undefined, 48_000, 1)).toBe(384);
    expect(slackSamples(undefined, 48_000, 4)).toBe(384 + 3 * 128);
    expect(slackSamples(undefined, 44_100, 8)).toBe(353 + 7 * 128);
    expect(slackSamples(undefined, 48_000, 1000)).toBe(68 * 48);
  });

  it('grows with the bursts, else by 8 ms at a time, to 68 ms; where steps take too long, not at all', () => {
    const run = { slackSamples: 384, rateHz: 48_000, burst: 1, stepMs: 1 };
    expect(moreSlack({ ...run, burst: 4 })).toMatchObject({
      samples: 384 + 3 * 128,
      why: expect.stringContaining('bursts'),
    });
    expect(moreSlack({ ...run, burst: 4, stepMs: 9 })).toMatchObject({ samples: 384 + 3 * 128 });
    expect(moreSlack(run)).toMatchObject({ samples: 768, why: expect.stringContaining('late') });
    expect(moreSlack({ ...run, burst: 4, slackSamples: 384 + 3 * 128 })).toMatchObject({
      samples: 768 + 3 * 128,
    });
    expect(moreSlack({ ...run, slackSamples: 67 * 48 })).toMatchObject({ samples: 68 * 48 });
    expect(moreSlack({ ...run, slackSamples: 68 * 48 })).toBeNull();
    expect(moreSlack({ ...run, stepMs: 7 })).toBeNull();
  });
});

describe('a run', () => {
  it('needs more slack where three seconds of the newest five have misses', () => {
    const found = (missed: number[]) => {
      const seconds = new MissedSeconds();
      let total = 0;
      return missed.map((count) => seconds.add((total += count)));
    };
    expect(found([2, 0, 40, 0, 0, 0, 1, 0, 0, 3])).toEqual(Array(10).fill(false));
    expect(found([2, 0, 1, 0, 5, 1, 1, 0, 0, 1])).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1].map(Boolean));
    expect(found([1, 1, 1, 1, 1, 1])).toEqual([0, 0, 1, 0, 0, 1].map(Boolean));
  });
});
