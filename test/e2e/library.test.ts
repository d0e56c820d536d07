// The library in a bare page of a real browser, shipped model: what only the browser itself can do to it. A permission that is
// taken back, a tab behind another one, requests that leave the origin.
import puppeteer from 'puppeteer-core';
import type { Browser, CDPSession, JSHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as Library from '../../src/index.ts';
import { browserFlags, findBrowser } from '../../scripts/browser.js';
import { report } from '../report.ts';
import { MODEL, serveSources, type Server } from './server.ts';

interface Told {
  readonly type: string;
  readonly text: string;
}

/** What the page keeps between two calls. */
interface Kept {
  extractor: Library.Extractor;
  told: Told[];
}

let server: Server;
let browser: Browser;
let page: Page;
let devtools: CDPSession;
const foreign: string[] = [];

beforeAll(async () => {
  server = await serveSources(MODEL);
  browser = await puppeteer.launch({ executablePath: await findBrowser(), args: browserFlags() });
  page = await browser.newPage();
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.origin) foreign.push(request.url());
  });
  devtools = await page.createCDPSession();
  await devtools.send('Performance.enable');
  await permit('granted');
  // Any file that is no page: the library is all there is in it.
  await page.goto(`${server.origin}/demo/demo.json`);
  await page.addScriptTag({
    type: 'module',
    content: "import * as library from '/src/index.ts'; window.library = library;",
  });
  await page.waitForFunction(() => 'library' in window, { polling: 100 });
  await page.evaluate(async () => {
    const { createExtractor } = (window as unknown as { library: typeof Library }).library;
    const extractor = await createExtractor({
      modelUrl: '/models/speaker-base',
      backend: 'wasm',
      slackMs: 60,
    });
    const told: Told[] = [];
    extractor.on('error', ({ error }) => told.push({ type: error.name, text: error.message }));
    await extractor.setClue(new Float32Array(256).fill(1 / 16));
    Object.assign(window, { kept: { extractor, told } satisfies Kept });
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function permit(setting: 'granted' | 'denied' | 'prompt'): Promise<void> {
  await devtools.send('Browser.setPermission', {
    permission: { name: 'microphone' },
    setting,
    origin: server.origin,
  });
}

const start = () => page.evaluate(() => (window as unknown as { kept: Kept }).kept.extractor.start());

it('goes on in a tab behind another one', async () => {
  await start();
  const look = () =>
    page.evaluate(async () => {
      const { extractor } = (window as unknown as { kept: Kept }).kept;
      const { hops, skippedHops } = await extractor.stats();
      return {
        hops: hops + skippedHops,
        atS: extractor.context.currentTime,
        visibility: document.visibilityState,
        interruption: extractor.interruption,
      };
    });
  const other = await browser.newPage();
  await other.bringToFront();
  const before = await look();
  let after = before;
  while (after.atS < before.atS + 3) after = await look();
  await other.close();
  await page.bringToFront();
  const soundS = after.atS - before.atS;
  report(
    `tab '${after.visibility}': ${after.hops - before.hops} hops in ${soundS.toFixed(2)} s of sound (125 a second)`,
  );
  expect(after.visibility).toBe('hidden');
  expect(after.interruption).toBeNull();
  expect(after.hops - before.hops).toBeGreaterThan(125 * (soundS - 0.5));
});

it.each(['denied', 'prompt'] as const)(
  'stops by name when the permission becomes "%s", and starts again when it is back',
  async (setting) => {
    await start();
    await permit(setting);
    await page.waitForFunction(
      () => {
        const { told, extractor } = (window as unknown as { kept: Kept }).kept;
        return told.length > 0 && extractor.state === 'stopped';
      },
      { polling: 100 },
    );
    const told = await page.evaluate(() => (window as unknown as { kept: Kept }).kept.told.splice(0));
    expect(told).toHaveLength(1);
    expect(told[0].type).toBe('MicrophoneError');
    expect(told[0].text).toMatch(/permission was taken back.*Allow the microphone/);
    await permit('granted');
    await start();
  },
);

/** Bytes that the page's JavaScript holds after a collection, and its live listeners and documents' nodes. */
async function heap(): Promise<{ bytes: number; listeners: number }> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const read = (name: string) => metrics.find((metric) => metric.name === name)!.value;
  return { bytes: read('JSHeapUsedSize'), listeners: read('JSEventListeners') };
}

/** How many objects of a class are alive in the page, closed contexts apart, by an expression that names the class. */
async function alive(name: string): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const prototype = await page.evaluateHandle(`${name}.prototype`);
  const objects = await page.queryObjects(prototype as JSHandle<object>);
  // When it lets go of a context that is closed, and of its nodes, is the browser's business.
  const count = await objects.evaluate(
    (all) =>
      (all as unknown as Partial<AudioContext & AudioNode>[]).filter(
        (one) => (one.context ?? one).state !== 'closed',
      ).length,
  );
  // A handle keeps what it holds alive.
  await Promise.all([prototype.dispose(), objects.dispose()]);
  return count;
}

it('keeps nothing of what it is asked while it runs', async () => {
  await start();
  const ask = (times: number) =>
    page.evaluate(async (count) => {
      const { extractor } = (window as unknown as { kept: Kept }).kept;
      for (let n = 0; n < count; n++) {
        await extractor.stats();
        extractor.levels();
        extractor.strength = (n % 100) / 100;
      }
    }, times);
  await ask(300);
  const before = await heap();
  await ask(3000);
  const after = await heap();
  report(`3000 × stats, levels, strength: heap ${after.bytes - before.bytes} bytes more`);
  expect(after.bytes - before.bytes).toBeLessThan(200_000);
  expect(after.listeners - before.listeners).toBeLessThan(10);
});

it('leaves no memory behind when it is created and disposed of over and over', async () => {
  const visit = (times: number) =>
    page.evaluate(async (count) => {
      const { createExtractor } = (window as unknown as { library: typeof Library }).library;
      for (let n = 0; n < count; n++) {
        const extractor = await createExtractor({ modelUrl: '/models/speaker-base', backend: 'wasm' });
        await extractor.setClue(new Float32Array(256).fill(1 / 16));
        await extractor.start();
        await extractor.stats();
        await extractor.dispose();
      }
    }, times);
  await start();
  await visit(2);
  const before = await heap();
  await visit(6);
  const after = await heap();
  report(`6 × create, start, dispose: heap ${after.bytes - before.bytes} bytes more`);
  // The model's 6 MB live in the worker; here it is what a page keeps of an extractor that counts.
  expect(after.bytes - before.bytes).toBeLessThan(300_000);
  expect(after.listeners - before.listeners).toBeLessThan(10);
  expect(page.workers()).toHaveLength(1);
  const left = async () => {
    const counts: Record<string, number> = {};
    for (const name of ['library.Extractor', 'Worker', 'AudioContext', 'AudioWorkletNode'])
      counts[name] = await alive(name);
    return counts;
  };
  // The one that still runs, and no other.
  await expect
    .poll(left, { timeout: 20_000, interval: 500 })
    .toEqual({ 'library.Extractor': 1, Worker: 1, AudioContext: 1, AudioWorkletNode: 1 });
});

it('asks nobody but its own origin', async () => {
  await page.evaluate(() => (window as unknown as { kept: Kept }).kept.extractor.dispose());
  expect(foreign).toEqual([]);
});
