// The library in a bare page of a real browser, shipped model: what only the browser itself can do to it. A permission that is
// taken back, a tab behind another one, requests that leave the origin.
import puppeteer from 'puppeteer-core';
import type { Browser, CDPSession, Page } from 'puppeteer-core';
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

it('asks nobody but its own origin', async () => {
  await page.evaluate(() => (window as unknown as { kept: Kept }).kept.extractor.dispose());
  expect(foreign).toEqual([]);
});
