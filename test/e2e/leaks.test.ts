// What the real thing leaves behind in a real browser: elements that come and go, devices of the GPU that are used and given up.
import puppeteer from 'puppeteer-core';
import type { Browser, CDPSession, JSHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TargetExtractor } from '../../elements/target-extractor/target-extractor.ts';
import type * as Library from '../../src/index.ts';
import { browserFlags, findBrowser } from '../../scripts/browser.js';
import { report } from '../report.ts';
import { COUNTED } from './leaks-worker.ts';
import type * as LeaksWorker from './leaks-worker.ts';
import { MODEL, serveSources, type Server } from './server.ts';

const SMALL = '/test/golden/small';
const ELEMENT_ROUNDS = 50;
const GPU_ROUNDS = 3;

interface Given {
  readonly library: typeof Library;
  readonly leaks: typeof LeaksWorker;
}

let server: Server;
let browser: Browser;
let page: Page;
let devtools: CDPSession;
const uncaught: string[] = [];

beforeAll(async () => {
  server = await serveSources(MODEL);
  browser = await puppeteer.launch({
    executablePath: await findBrowser(),
    args: browserFlags(),
    protocolTimeout: 900_000,
  });
  page = await browser.newPage();
  page.on('pageerror', (error) => uncaught.push(String(error)));
  devtools = await page.createCDPSession();
  await devtools.send('Performance.enable');
  // Any file that is no page: what is imported is all there is in it.
  await page.goto(`${server.origin}/demo/demo.json`);
  await page.addScriptTag({
    type: 'module',
    content: `import * as library from '/src/index.ts';
      import * as leaks from '/test/e2e/leaks-worker.ts';
      import '/elements/target-extractor/target-extractor.ts';
      Object.assign(window, { library, leaks });`,
  });
  await page.waitForFunction(() => 'leaks' in window, { polling: 100 });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Objects of a class that are alive in the page, by an expression that names it; each as a number, 1 unless told. */
async function alive(name: string, size: (one: unknown) => number = () => 1): Promise<number> {
  const prototype = await page.evaluateHandle(`${name}.prototype`);
  const objects = await page.queryObjects(prototype as JSHandle<object>);
  const sum = await objects.evaluate((all, measure) => {
    const one = new Function(`return (${measure})`)() as (object: unknown) => number;
    return (all as unknown as object[]).reduce((total, object) => total + one(object), 0);
  }, size.toString());
  await objects.dispose();
  await prototype.dispose();
  return sum;
}

const ELEMENTS = ['target-extractor', 'live-monitor', 'clue-enroller'];

/** What the page holds after a collection. */
async function held(): Promise<Record<string, number>> {
  // What was closed is let go of a little later.
  for (let wait = 0; wait < 50; wait++) {
    if (page.workers().length === 0 && (await alive("customElements.get('target-extractor')")) === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((one) => one.name === name)!.value;
  const counts: Record<string, number> = {
    heapBytes: metric('JSHeapUsedSize'),
    listeners: metric('JSEventListeners'),
    nodes: metric('Nodes'),
    threads: page.workers().length,
    arrayBufferBytes: await alive('ArrayBuffer', (one) => (one as ArrayBuffer).byteLength),
    sharedBytes: await alive('SharedArrayBuffer', (one) => (one as SharedArrayBuffer).byteLength),
  };
  const classes = [
    'library.Extractor',
    'Worker',
    'AudioContext',
    'AudioNode',
    'MediaStream',
    'MediaStreamTrack',
  ];
  for (const name of [...classes, 'IDBDatabase', 'MessagePort', 'EventTarget'])
    counts[name] = await alive(name);
  for (const tag of ELEMENTS) counts[tag] = await alive(`customElements.get('${tag}')`);
  return counts;
}

/** Makes an element, lets it load, and takes it away: while it loads, ready, while the demonstration runs, or after a move. */
function comeAndGo(rounds: number): Promise<void> {
  return page.evaluate(
    async (model, times) => {
      const until = async (what: string, holds: () => boolean) => {
        for (const end = performance.now() + 60_000; !holds();) {
          if (performance.now() > end) throw new Error(`Waited in vain for: ${what}.`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      for (let round = 0; round < times; round++) {
        const element = document.createElement('target-extractor') as TargetExtractor;
        for (const [name, value] of Object.entries({ model, backend: 'wasm', demo: '/demo' }))
          element.setAttribute(name, value);
        document.body.append(element);
        await until('loading', () => element.load.phase !== 'none');
        if (round % 4 !== 0) await until('the model', () => element.load.phase === 'ready');
        const { extractor } = element;
        if (round % 4 === 2) {
          await element.playDemo();
          await until('a run', () => element.monitor.state.run === 'running');
        }
        if (round % 4 === 3) {
          const elsewhere = document.createElement('div');
          document.body.append(elsewhere);
          elsewhere.append(element);
          await element.updateComplete;
          elsewhere.remove();
        }
        element.remove();
        await until(
          'the end',
          () => element.load.phase === 'none' && (extractor === null || extractor.context.state === 'closed'),
        );
      }
    },
    SMALL,
    rounds,
  );
}

it(`leaves nothing of ${ELEMENT_ROUNDS} × <target-extractor> appended and removed`, async () => {
  // The first few bring code and caches; what one forgotten element costs comes every time.
  await comeAndGo(12);
  const before = await held();
  await comeAndGo(ELEMENT_ROUNDS);
  const after = await held();
  const more = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - before[name]]));
  report(`before: ${JSON.stringify(before)}`);
  report(`more after ${ELEMENT_ROUNDS} elements: ${JSON.stringify(more)}`);
  for (const name of ['threads', 'library.Extractor', 'Worker', 'IDBDatabase', ...ELEMENTS])
    expect(after[name], name).toBe(0);
  // The newest few of what is closed may wait for the audio thread.
  for (const name of ['AudioContext', 'AudioNode', 'MediaStream', 'MediaStreamTrack', 'MessagePort'])
    expect(more[name], name).toBeLessThan(ELEMENT_ROUNDS / 5);
  // One forgotten element is 150 nodes, one forgotten extractor 100 kB of rings and recordings.
  expect(more.nodes).toBeLessThan(150);
  expect(more.listeners).toBeLessThan(ELEMENT_ROUNDS / 5);
  expect(more.heapBytes).toBeLessThan(400_000);
  expect(more.arrayBufferBytes + more.sharedBytes).toBeLessThan(400_000);
}, 600_000);

it(`gives back the GPU's devices and buffers, ${GPU_ROUNDS} × by another backend and by the end`, async () => {
  const seen = await page.evaluate(
    async (model, rounds) => {
      const { library, leaks } = window as unknown as Given;
      if (!(await navigator.gpu?.requestAdapter())) return null;
      const memory = new SharedArrayBuffer(4 * leaks.COUNTED.length);
      const counts = () => [...new Int32Array(memory)];
      const address = new URL('/src/worker/worker.ts', location.href).href;
      const all: { what: string; counts: number[] }[] = [];
      const note = (what: string) => all.push({ what, counts: counts() });
      for (let round = 0; round < rounds; round++) {
        const extractor = await library.createExtractor({
          modelUrl: model,
          backend: 'webgpu',
          slackMs: 200,
          createWorker: () => leaks.countingWorker(address, memory),
        });
        await extractor.setClue(new Float32Array(256).fill(1 / 16));
        note('WebGPU loaded');
        await extractor.start(new ConstantSourceNode(extractor.context));
        await extractor.setBackend('wasm');
        note('WebAssembly instead');
        await extractor.setBackend('webgpu');
        note('WebGPU again');
        // Every other time it ends while it runs.
        if (round % 2 === 0) await extractor.stop();
        await extractor.dispose();
        note('the end');
      }
      return all;
    },
    SMALL,
    GPU_ROUNDS,
  );
  if (seen === null) {
    report('skipped: this browser has no WebGPU adapter');
    return;
  }
  const read = (name: (typeof COUNTED)[number], counts: number[]) => counts[COUNTED.indexOf(name)];
  for (const { what, counts } of seen) {
    report(`${what}: ${COUNTED.map((name) => `${name} ${read(name, counts)}`).join(', ')}`);
    const isOnGpu = what.startsWith('WebGPU');
    expect(read('devicesLeft', counts), what).toBe(isOnGpu ? 1 : 0);
    if (isOnGpu) expect(read('buffersLeft', counts), what).toBeGreaterThan(0);
    else expect(read('buffersLeft', counts), what).toBe(0);
  }
  expect(read('devices', seen.at(-1)!.counts)).toBe(2 * GPU_ROUNDS);
  // As many each time: what one device takes does not grow.
  const perDevice = seen
    .filter(({ what }) => what.startsWith('WebGPU'))
    .map(({ counts }) => read('buffersLeft', counts));
  expect(new Set(perDevice).size).toBe(1);
}, 600_000);

it('fails nowhere unseen', () => {
  expect(uncaught).toEqual([]);
});
