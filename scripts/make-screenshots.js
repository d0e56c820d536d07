// Pictures of the real pages with a fake microphone. `npm run screenshots` takes those of docs/screenshots,
// `npm run screenshots -- FOLDER` one of every state, width and colour scheme.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from 'puppeteer-core';
import { createServer } from 'vite';
import { browserFlags, findBrowser } from './browser.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(root, 'docs/screenshots'));
const SHOWN = ['running-wide-light', 'recorded-wide-dark', 'enrolling-narrow-light', 'embed-wide-light'];
const wanted = (name) => process.argv.length > 2 || SHOWN.includes(name);
const WIDTHS = { wide: 1100, narrow: 390 };

/** Address of the page, then how to bring it from the state before to its own. */
const PAGES = {
  '': {
    ready: (page) => until(page, 'element.load.phase === "ready"'),
    enrolling: async (page) => {
      await press(page, 'Record a voice');
      await until(page, 'enroller.querySelector("enroll-progress")?.recording.share > 0.5');
    },
    reviewing: (page) => until(page, 'enroller.querySelector("enroll-review")'),
    running: async (page) => {
      await click(page, '#save');
      await until(page, 'monitor.state.status === "off"');
      await click(page, '#recording >>> button');
      await press(page, 'Play the demonstration');
      await until(page, 'monitor.state.stats?.hops + monitor.state.stats?.skippedHops > 1100');
    },
    recorded: async (page) => {
      await click(page, '#stop');
      await until(page, 'monitor.state.take !== null && monitor.state.run === "stopped"');
    },
    adding: async (page) => {
      await press(page, 'Add a recording');
      await until(page, 'enroller.querySelector("enroll-start")?.addsTo');
    },
  },
  'embed.html': {
    embed: async (page) => {
      await until(page, 'element.load.phase === "ready"');
      await page.locator('#look-switch').click();
      await page.locator('#call-button').click();
      await press(page, 'Play the demonstration');
      await until(page, 'monitor.state.stats?.hops + monitor.state.stats?.skippedHops > 1100');
    },
  },
};

const click = (page, selector) => page.locator(`target-extractor >>> ${selector}`).click();
const press = (page, text) => click(page, `button ::-p-text(${text})`);

/** Waits until something is so, then for the next picture. `condition` may speak of the element, its monitor and its enroller. */
async function until(page, condition) {
  const names = `const element = document.querySelector('target-extractor');
    const { monitor } = element;
    const enroller = element.shadowRoot.querySelector('clue-enroller').shadowRoot;`;
  await page.waitForFunction(`(() => { ${names} return Boolean(${condition}); })()`, {
    timeout: 90_000,
    polling: 50,
  });
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
for (const scheme of ['light', 'dark'])
  for (const [size, width] of Object.entries(WIDTHS))
    for (const [address, states] of Object.entries(PAGES)) {
      const names = Object.keys(states);
      if (!names.some((name) => wanted(`${name}-${size}-${scheme}`))) continue;
      // A browser of its own: voices that are kept would be there the next time.
      const browser = await launch({
        executablePath: await findBrowser(),
        args: browserFlags({ microphone }),
      });
      const page = await browser.newPage();
      // High enough that everything is on the screen: what is not is not drawn.
      await page.setViewport({ width, height: 2200 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto(`${origin}/${address}?backend=wasm`);
      for (const [name, enter] of Object.entries(states)) {
        await enter(page);
        const id = `${name}-${size}-${scheme}`;
        if (!wanted(id)) continue;
        const file = path.join(folder, `${id}.png`);
        const body = await page.$('body');
        await body.screenshot({ path: file });
        console.log(file);
      }
      await browser.close();
    }
await server.close();
