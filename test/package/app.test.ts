// The built app asks nobody for anything once it is loaded: every request from the first to the end of a run.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { App } from '../e2e/app.ts';
import { serveBuild } from '../e2e/server.ts';
import { report } from '../report.ts';
import { DEMO } from './visit.ts';

it('the built app loads from its own origin, then enrolls and runs without a request', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'crossmamba-app-'));
  const server = await serveBuild(folder);
  const app = await App.open('about:blank', { microphone: path.join(DEMO, 'mixture.wav') });
  try {
    const requests: string[] = [];
    app.page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) requests.push(request.url());
    });
    await app.page.goto(`${server.origin}/?backend=wasm&slackMs=200`);
    await app.until('the model', ({ model }) => model.phase === 'ready');
    const loading = requests.splice(0);
    expect(loading.length).toBeGreaterThan(2);
    expect(loading.filter((url) => !url.startsWith(`${server.origin}/`))).toEqual([]);
    await app.enroll(path.join(DEMO, 'enrollment.wav'));
    await app.click('#start');
    const { stats } = await app.until('sound', ({ run, stats: { hops } }) => run === 'running' && hops > 250);
    await app.click('#stop');
    await app.until('silence', ({ run }) => run === 'stopped');
    report(`the built app: ${loading.length} requests to load, ${requests.length} in ${stats.hops} hops`);
    expect(requests).toEqual([]);
  } finally {
    await app.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}, 240_000);
