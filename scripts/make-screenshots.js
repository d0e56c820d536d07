// Pictures of the real page with a fake microphone. `npm run screenshots` takes those of docs/screenshots,
// `npm run screenshots -- FOLDER` one of every state, width and colour scheme.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from 'puppeteer-core';
import { createServer } from 'vite';
import { browserFlags, findBrowser } from './browser.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(root, 'docs/screenshots'));
const SHOWN = ['running-wide-light', 'recorded-wide-dark', 'enrolling-narrow-light'];
const wanted = (name) => process.argv.length > 2 || SHOWN.includes(name);
const WIDTHS = { wide: 1100, narrow: 390 };

/** Each brings the page from the state before it to its own. */
const STATES = {
  ready: (page) => until(page, ({ model }) => model.phase === 'ready'),
  enrolling: async (page) => {
    await press(page, 'Record my voice');
    await until(page, ({ enrollment }) => enrollment.phase === 'recording' && enrollment.seconds > 3);
  },
  running: async (page) => {
    await press(page, 'Stop and use it');
    await until(page, ({ enrollment }) => enrollment.phase === 'enrolled');
    await page.locator('extractor-app >>> #recording >>> button').click();
    await press(page, 'Play the demonstration');
    await until(page, ({ run, stats }) => run === 'running' && stats.hops + stats.skippedHops > 600);
  },
  recorded: async (page) => {
    await page.locator('extractor-app >>> #stop').click();
    await until(page, ({ take, run }) => take !== null && run === 'stopped');
  },
};

const press = (page, text) => page.locator(`extractor-app >>> button ::-p-text(${text})`).click();

/** Waits for a state of the page, then for the next picture of it. */
async function until(page, isReached) {
  const text = `(${isReached})(document.querySelector('extractor-app').state)`;
  await page.waitForFunction(text, { timeout: 60_000, polling: 50 });
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

mkdirSync(folder, { recursive: true });
const server = await createServer({
  root,
  logLevel: 'warn',
  cacheDir: path.join(root, 'node_modules/.vite-e2e'),
  server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
});
await server.listen();
const origin = `http://127.0.0.1:${server.httpServer.address().port}`;
const microphone = path.join(root, 'public/demo/enrollment.wav');
const browser = await launch({ executablePath: await findBrowser(), args: browserFlags({ microphone }) });
for (const scheme of ['light', 'dark'])
  for (const [size, width] of Object.entries(WIDTHS)) {
    const page = await browser.newPage();
    await page.setViewport({ width, height: 800 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(`${origin}/`);
    for (const [name, enter] of Object.entries(STATES)) {
      await enter(page);
      const id = `${name}-${size}-${scheme}`;
      if (!wanted(id)) continue;
      const file = path.join(folder, `${id}.png`);
      await page.screenshot({ path: file, fullPage: true });
      console.log(file);
    }
    await page.close();
  }
await browser.close();
await server.close();
