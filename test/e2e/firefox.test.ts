// The app in Firefox, where there is one: it loads, extracts a recording, and, where there is an audio output, runs live.
import { existsSync } from 'node:fs';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetExtractor } from '../../elements/target-extractor/target-extractor.ts';
import { report } from '../report.ts';
import { poll } from './poll.ts';
import { MODEL, serveSources, type Server } from './server.ts';

const PLACES = [
  '/usr/bin/firefox',
  '/usr/bin/firefox-esr',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];
const { FIREFOX_PATH } = process.env;
const firefox = FIREFOX_PATH ?? PLACES.find((place) => existsSync(place));
const NEARER_DB = 3;
/** Window, resamplers and the least slack. */
const LEAST_DELAY_MS = 25.9;
/** No wake takes longer, unless clocks are misread. */
const LONGEST_WAKE_MS = 60_000;

describe.skipIf(firefox === undefined)('Firefox', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await serveSources(MODEL);
    browser = await launch({
      browser: 'firefox',
      executablePath: firefox,
      extraPrefsFirefox: { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 },
    });
    report(`Firefox: ${await browser.version()}`);
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.origin}/?backend=wasm`);
    await page.waitForFunction("document.querySelector('target-extractor')?.load.phase === 'ready'", {
      timeout: 90_000,
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('extracts an enrolled voice from a recording, over shared memory and SIMD', async () => {
    const found = await page.evaluate(async () => {
      const extractor = document.querySelector<TargetExtractor>('target-extractor')!.extractor!;
      const [enrollment, mixture, target] = await Promise.all(
        ['enrollment', 'mixture', 'target'].map(async (name) => {
          const file = await fetch(`/demo/${name}.wav`);
          return new OfflineAudioContext(1, 1, 48_000).decodeAudioData(await file.arrayBuffer());
        }),
      );
      await extractor.enroll(enrollment);
      const wanted = target.getChannelData(0);
      const siSdrDb = (samples: Float32Array) => {
        const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, n) => sum + x * b[n], 0);
        const part = dot(samples, wanted) ** 2 / dot(wanted, wanted);
        return 10 * Math.log10(part / (dot(samples, samples) - part));
      };
      const estimate = await extractor.extract(mixture);
      const { transport } = extractor;
      const { backend, reason } = extractor.report;
      return {
        ...{ transport, backend, reason },
        before: siSdrDb(mixture.getChannelData(0)),
        after: siSdrDb(estimate),
      };
    });
    report(
      `Firefox, ${found.reason}: ${found.before.toFixed(1)} dB SI-SDR in the mixture, ${found.after.toFixed(1)} dB in the estimate`,
    );
    expect(found).toMatchObject({ transport: 'ring', backend: 'wasm' });
    expect(found.after).toBeGreaterThan(found.before + NEARER_DB);
    expect(complaints).toEqual([]);
  });

  it('runs live where there is an audio output', async ({ skip }) => {
    const state = () =>
      page.evaluate(() => {
        const { monitor, extractor } = document.querySelector<TargetExtractor>('target-extractor')!;
        const { run, stats, error } = monitor.state;
        return { run, stats, error: error?.message ?? null, latencyMs: extractor!.latencyMs };
      });
    await page.evaluate(() => void document.querySelector<TargetExtractor>('target-extractor')!.playDemo());
    const isDecided = async () => {
      const { stats, error } = await state();
      return error !== null || (stats !== null && stats.hops + stats.skippedHops > 300) || null;
    };
    await poll(isDecided, async () => JSON.stringify(await state()), 60_000);
    const { run, stats, error, latencyMs } = await state();
    if (error !== null) {
      expect(error).toMatch(/audio output/);
      skip(`no audio output: ${error}`);
    }
    report(
      `Firefox live: ${stats!.hops} hops, ${stats!.skippedHops} left out, ${stats!.missedDeadlines} of ${stats!.quanta} deadlines missed, delay ${latencyMs.toFixed(1)} ms`,
    );
    expect(run).toBe('running');
    expect(stats!.hops).toBeGreaterThan(0);
    expect(latencyMs).toBeGreaterThan(LEAST_DELAY_MS);
    expect(stats!.times.wake!.max).toBeLessThan(LONGEST_WAKE_MS);
    expect(complaints).toEqual([]);
  });
});

if (firefox === undefined) report('Firefox: none was found, set FIREFOX_PATH to test it; skipped');
