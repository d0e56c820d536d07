// How much slack a run begins with, when it needs more, and who finds out.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MissedSeconds, SlackWatch, type MissedSoFar } from '../../src/slack-watch.ts';
import { moreSlack, mostSlackSamples, slackSamples } from '../../src/slack.ts';
import { InputError } from '../../src/shared/errors.ts';

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
    expect(mostSlackSamples(48_000)).toBe(68 * 48);
  });

  const run = { slackSamples: 384, rateHz: 48_000, burst: 1, stepMs: 1 };
  const [bursts, late] = [/bursts/, /late again and again/].map((why) => expect.stringMatching(why));

  it.each([
    ['a larger burst', { burst: 5 }, { samples: 384 + 4 * 128, why: bursts }],
    ['a burst larger by less than 8 ms', { burst: 2 }, { samples: 768, why: late }],
    ['none', {}, { samples: 768, why: late }],
    ['one that it has slack for', { burst: 5, slackSamples: 896 }, { samples: 896 + 384, why: late }],
    ['nearly all that there is', { slackSamples: 67 * 48 }, { samples: 68 * 48, why: late }],
    ['all that there is', { slackSamples: 68 * 48 }, null],
    ['steps that take too long', { stepMs: 7 }, null],
    ['both', { stepMs: 7, burst: 2 }, { samples: 384 + 128, why: bursts }],
  ])('grows by what is needed: %s', (_, of, expected) => {
    const more = moreSlack({ ...run, ...of });
    if (expected === null) expect(more).toBeNull();
    else expect(more).toEqual(expected);
  });
});

describe('a run', () => {
  /** Misses a second; what is said after each. */
  function found(missed: number[], secondsEach = 1): boolean[] {
    const seconds = new MissedSeconds();
    let [deadlines, soundS] = [0, 0];
    return missed.map((count) =>
      seconds.add({ deadlines: (deadlines += count), soundS: (soundS += secondsEach) }),
    );
  }
  const each = (said: number[]) => said.map(Boolean);

  it('needs more slack where three seconds of the newest five have misses', () => {
    expect(found([2, 0, 40, 0, 0, 0, 1, 0, 0, 3])).toEqual(each([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(found([2, 0, 1, 0, 5, 0, 0, 1])).toEqual(each([0, 0, 0, 0, 1, 0, 0, 0]));
  });

  it('has none in a row where nobody looked for longer', () => {
    expect(found([1, 1, 1, 1, 1, 1], 60)).toEqual(each([0, 0, 0, 0, 0, 0]));
  });

  it('counts anew when it is told to', () => {
    const seconds = new MissedSeconds();
    for (const s of [1, 2, 3]) seconds.add({ deadlines: s, soundS: s });
    seconds.restart({ deadlines: 50, soundS: 3.5 });
    expect([4.5, 5.5].map((soundS) => seconds.add({ deadlines: 60, soundS }))).toEqual([false, false]);
    expect(seconds.add({ deadlines: 61, soundS: 6.5 })).toBe(false);
  });
});

describe('its watch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watched(onShort: () => Promise<boolean>) {
    const so: { -readonly [Key in keyof MissedSoFar]: number } = { deadlines: 0, soundS: 0 };
    const missed = vi.fn(async () => ({ ...so }));
    const short = vi.fn(onShort);
    const watch = new SlackWatch({ missed, onShort: short });
    /** As many seconds, in each of which deadlines are missed. */
    const goOn = async (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        so.deadlines += 5;
        so.soundS++;
        await vi.advanceTimersByTimeAsync(1000);
      }
    };
    return { watch, missed, short, goOn };
  }

  it('asks for more every three seconds as long as that helps, and seldom where it does not', async () => {
    let helps = true;
    const { watch, short, goOn } = watched(async () => helps);
    await goOn(9);
    expect(short).toHaveBeenCalledTimes(3);
    helps = false;
    await goOn(3);
    expect(short).toHaveBeenCalledTimes(4);
    await goOn(60);
    expect(short).toHaveBeenCalledTimes(4);
    await goOn(5);
    expect(short).toHaveBeenCalledTimes(5);
    watch.stop();
  });

  it('looks at nothing while more is being taken, nor after its end', async () => {
    let done: (value: boolean) => void = () => {};
    const { watch, missed, short, goOn } = watched(() => new Promise((resolve) => (done = resolve)));
    await goOn(6);
    expect(short).toHaveBeenCalledTimes(1);
    expect(missed).toHaveBeenCalledTimes(3);
    done(true);
    await goOn(2);
    expect(short).toHaveBeenCalledTimes(1);
    watch.stop();
    await goOn(5);
    expect(short).toHaveBeenCalledTimes(1);
    expect(missed).toHaveBeenCalledTimes(6);
  });

  it('does nothing where it is stopped while it asks, and goes on where it is not answered', async () => {
    const { watch, missed, short, goOn } = watched(async () => true);
    missed.mockRejectedValueOnce(new Error('gone'));
    await goOn(3);
    expect(short).not.toHaveBeenCalled();
    missed.mockImplementationOnce(async () => {
      watch.stop();
      return { deadlines: 100, soundS: 4 };
    });
    await goOn(3);
    expect(short).not.toHaveBeenCalled();
  });
});
