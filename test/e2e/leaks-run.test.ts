// The endurance bench for twenty seconds: it runs, and what must never grow does not even begin to. Its figures are no verdict on speed.
import { expect, it } from 'vitest';
import { endure } from '../../bench/endurance/run.js';
import { slope, summary } from '../../bench/endurance/summary.js';
import { findBrowser } from '../../scripts/browser.js';
import { report } from '../report.ts';

const SECONDS = 20;
/** So much, that a busy machine misses little. */
const SLACK_MS = 100;

it('finds the slope of what grows, and none where nothing does', () => {
  expect(slope([0, 1, 2, 3], [10, 30, 50, 70])).toBeCloseTo(20);
  expect(slope([0, 1, 2], [5, 5, 5])).toBe(0);
  expect(slope([0], [5])).toBe(0);
});

it(`runs for ${SECONDS} s: memory stays, the delay stays, nothing is left at the end`, async () => {
  const run = await endure({
    executablePath: await findBrowser(),
    seconds: SECONDS,
    everySeconds: SECONDS / 2,
    request: { rateHz: 48_000, backend: 'wasm', slackMs: SLACK_MS, modelUrl: 'models/speaker-base' },
  });
  const found = summary(run);
  report(
    `${found.hops} hops, ${found.hops_left_out} left out, ${found.missed_deadlines} deadlines missed; memory: ${JSON.stringify(found.memory)}`,
  );
  expect(run.readings).toHaveLength(3);
  expect(found.hops).toBeGreaterThan(0);
  expect(found.uncaught).toEqual([]);
  // A second of sound is 192 kB: what keeps it would show.
  for (const [name, trend] of Object.entries(found.memory))
    if (trend !== null && name !== 'process_resident')
      expect(trend.last - trend.first, name).toBeLessThan(200_000);
  expect(found.elements[1]).toBe(found.elements[0]);
  expect(found.workers).toEqual([1, 1, 0]);
  // A filter that follows speech moves the likeness by a sample or two.
  for (const lag of found.lag_samples) expect(Math.abs(lag - found.latencySamples)).toBeLessThanOrEqual(3);
});
