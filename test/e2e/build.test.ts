// The built pages run as the sources do: worker, audio processor, kernels, model and demonstration are all in the build.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { report } from '../report.ts';
import { App } from './app.ts';
import { serveBuild } from './server.ts';
import type { Server } from './server.ts';

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'crossmamba-pages-'));
  server = await serveBuild(folder);
}, 240_000);

afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

for (const backend of ['reference', 'webgpu'])
  it(`plays the demonstration on ${backend}`, async () => {
    const app = await App.open(`${server.origin}/?backend=${backend}`);
    try {
      await app.until('the model', ({ model }) => model.phase === 'ready');
      await app.press('Play the demonstration');
      const { stats, status, listen } = await app.until(
        'sound',
        ({ run, stats: { hops, skippedHops } }) => run === 'running' && hops + skippedHops > 250,
      );
      report(`built pages: ${stats.hops} hops on ${stats.backend}, ${stats.skippedHops} left out`);
      expect(stats.backend).toBe(backend);
      expect(stats.hops).toBeGreaterThan(0);
      expect(['on', 'late']).toContain(status);
      expect(listen).toBe(true);
      await app.click('#stop');
      await app.until('silence', ({ run }) => run === 'stopped');
      expect(app.complaints).toEqual([]);
    } finally {
      await app.close();
    }
  });
