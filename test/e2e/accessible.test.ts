// Every page as it comes, wide and narrow: nothing that axe-core objects to, nothing that has to be scrolled sideways.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { App } from './app.ts';
import { MODEL, serveSources } from './server.ts';
import type { Server } from './server.ts';

let server: Server;

beforeAll(async () => {
  server = await serveSources(MODEL);
}, 60_000);

afterAll(() => server?.close());

it.each(['', 'embed.html', 'latency.html', 'files.html'])(
  'is accessible: /%s',
  async (name) => {
    const app = await App.open(`${server.origin}/${name}?backend=wasm`);
    try {
      for (const width of [1100, 360]) {
        await app.page.setViewport({ width, height: 900 });
        await expectAccessible(app);
        const overhang = await app.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overhang, `${width} pixels wide`).toBeLessThanOrEqual(0);
      }
      expect(app.complaints).toEqual([]);
    } finally {
      await app.close();
    }
  },
  120_000,
);
