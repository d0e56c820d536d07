// Runs the endurance page in headless Chromium and reads it now and then.
import os from 'node:os';
import puppeteer from 'puppeteer-core';
import { browserFlags } from '../../scripts/browser.js';
import { serveSources } from '../shared/vite-server.js';
import { heapOf, residentBytes } from './memory.js';

/** Until code is compiled and buffers are filled: what grows before that is no leak. */
const WARM_UP_S = 5;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/**
 * `seconds`: how long; `everySeconds`: between two readings; `request`: of page.ts, its modelUrl relative; `onReading`: told each one.
 * Resolves to {began, lags: [first, last], readings}. A reading: the run's figures before and after memory was looked at (a collection
 * halts the worker, and what is missed meanwhile is the bench's own doing), and the memory.
 */
export async function endure({ executablePath, seconds, everySeconds, request, onReading = () => {} }) {
  const server = await serveSources();
  const { origin } = server;
  const browser = await puppeteer.launch({ executablePath, args: browserFlags(), protocolTimeout: 600_000 });
  try {
    const ofBrowser = await browser.target().createCDPSession();
    const page = await browser.newPage();
    const failures = [];
    page.on('pageerror', (error) => failures.push(String(error)));
    await page.goto(`${origin}/bench/endurance/page.html`);
    await page.waitForFunction('window.bench !== undefined');
    const ofPage = await page.createCDPSession();
    const began = await page.evaluate((wanted) => window.bench.begin(wanted), {
      ...request,
      modelUrl: `${origin}/${request.modelUrl}`,
    });
    const read = () => page.evaluate(() => window.bench.read());
    const look = async () => {
      const before = await read();
      const pageHeap = await heapOf(ofPage);
      const workers = page.workers();
      const workerHeap = await heapOf(workers[0].client);
      const rssBytes = await residentBytes(ofBrowser);
      const nodes = await page.evaluate(() => document.getElementsByTagName('*').length);
      const reading = { before, pageHeap, workerHeap, rssBytes, nodes, workers: workers.length };
      return { ...reading, load: os.loadavg()[0], after: await read() };
    };
    const lag = () => page.evaluate(() => window.bench.lag());
    await sleep(WARM_UP_S);
    const first = await lag();
    const readings = [await look()];
    onReading(readings[0]);
    for (let left = seconds; left > 0; left -= everySeconds) {
      await sleep(Math.min(left, everySeconds));
      readings.push(await look());
      onReading(readings.at(-1), readings[0]);
    }
    const lags = [first, await lag()];
    await page.evaluate(() => window.bench.end());
    // The browser tells of a worker's end a little later.
    for (let wait = 0; wait < 50 && page.workers().length > 0; wait++) await sleep(0.2);
    return { began, lags, readings, failures, workersLeft: page.workers().length };
  } finally {
    await browser.close();
    await server.close();
  }
}
