// What can be missing or broken around the page: it says so in a sentence, offers what helps, and loses nothing.
import path from 'node:path';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { App } from './app.ts';
import type { OpenOptions } from './app.ts';
import { report } from '../report.ts';
import { chooseCase } from './cases.ts';
import { MODEL, ROOT, serveSources } from './server.ts';
import type { Server, Spoil } from './server.ts';

const DEMO = path.join(ROOT, 'public/demo');
const WITHOUT_WEBGPU: OpenOptions = {
  without: ['--enable-unsafe-webgpu', '--use-webgpu-adapter'],
  flags: ['--disable-gpu', '--disable-features=WebGPU'],
};

const isTensors = (file: string) => file.endsWith('.safetensors');
const SPOILS: Readonly<Record<string, Spoil>> = {
  missing: () => null,
  'not-json': (file, bytes) => (file === 'config.json' ? Buffer.from('<!doctype html>') : bytes),
  short: (file, bytes) => (isTensors(file) ? bytes.subarray(0, bytes.length >> 1) : bytes),
  flipped: (file, bytes) => {
    const copy = Buffer.from(bytes);
    if (isTensors(file)) copy[copy.length - 100] ^= 1;
    return copy;
  },
  'once-missing': (file, bytes, requests) => (file === 'config.json' && requests === 1 ? null : bytes),
};

/** What was asked for of spoiled models: `<name>/<file>`. */
const asked: string[] = [];
const noted = (name: string, spoil: Spoil): Spoil => {
  return (file, bytes, requests) => {
    asked.push(`${name}/${file}`);
    return spoil(file, bytes, requests);
  };
};

let server: Server;
let folder: string;
let app: App | undefined;

beforeAll(async () => {
  const spoils = Object.entries(SPOILS).map(([name, spoil]) => [name, noted(name, spoil)]);
  server = await serveSources(MODEL, Object.fromEntries(spoils));
  folder = await mkdtemp(path.join(os.tmpdir(), 'crossmamba-e2e-'));
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function open(query = '', options: OpenOptions = {}): Promise<App> {
  app = await App.open(`${server.origin}/${query}`, options);
  return app;
}

async function openReady(query = '', options: OpenOptions = {}): Promise<App> {
  const page = await open(query, options);
  await page.until('the model', ({ model }) => model.phase === 'ready');
  return page;
}

describe('the microphone', () => {
  it('is not there: says so, and an enrollment from a file is kept', async () => {
    const page = await openReady('?backend=reference', { without: ['--use-fake-device-for-media-stream'] });
    const { voice } = await page.enroll(chooseCase().enrollment);
    await page.click('#start');
    const { run, runError, enrollment } = await page.until('an error', (state) => state.runError !== null);
    report(`no microphone: ${runError}`);
    expect(runError).toMatch(/microphone: none was found/i);
    expect(run).toBe('stopped');
    expect(enrollment.voice).toBe(voice);
    await page.press('Record another voice');
    const after = await page.until('an error', (state) => state.enrollment.error !== null);
    expect(after.enrollment.error).toMatch(/microphone: none was found/i);
    expect(after.enrollment).toMatchObject({ phase: 'idle', voice });
    expect(page.complaints).toEqual([]);
  });

  it('is forbidden: says so, and the demonstration works all the same', async () => {
    const page = await openReady('?backend=reference', { without: ['--use-fake-ui-for-media-stream'] });
    await page.browser.defaultBrowserContext().overridePermissions(server.origin, []);
    await page.press('Record a voice');
    const { enrollment } = await page.until('an error', (state) => state.enrollment.error !== null);
    report(`forbidden: ${enrollment.error}`);
    expect(enrollment.error).toMatch(/denied|not allowed|refused/i);
    expect(enrollment).toMatchObject({ phase: 'idle', voice: null });
    await page.press('Play the demonstration');
    await page.until('sound', ({ run, stats }) => run === 'running' && stats.hops > 0);
    expect(page.complaints).toEqual([]);
  });
});

describe('WebGPU', () => {
  it('is not there: another backend runs and the page says why', async () => {
    const page = await openReady('', WITHOUT_WEBGPU);
    const { stats } = await page.state();
    report(`no WebGPU: ${stats.backend}, ${stats.backendReason}`);
    expect(stats.backend).not.toBe('webgpu');
    expect(stats.backendReason).toMatch(/WebGPU/);
    expect(await page.text()).toContain(stats.backendReason);
    await page.press('Play the demonstration');
    await page.until('sound', ({ run, stats: { hops } }) => run === 'running' && hops > 0);
    expect(page.complaints).toEqual([]);
  });

  it('is asked for and not there: the page says so and runs without', async () => {
    const page = await openReady('?backend=webgpu', WITHOUT_WEBGPU);
    const { stats, notices } = await page.state();
    report(`no WebGPU, though asked for: ${notices.join(' ')}`);
    expect(stats.backend).not.toBe('webgpu');
    expect(notices.join(' ')).toMatch(/WebGPU/);
  });
});

describe('the model', () => {
  const said: Readonly<Record<string, RegExp>> = {
    missing: /config\.json/,
    'not-json': /config\.json/,
    short: /short|bytes/,
    flipped: /sha256|digest/i,
  };
  for (const [name, pattern] of Object.entries(said))
    it(`is ${name}: says what is wrong and offers another try`, async () => {
      const page = await open(`?backend=reference&model=spoiled/${name}`);
      const { model } = await page.until('an error', (state) => state.model.phase === 'failed');
      report(`${name}: ${model.error}`);
      expect(model.error).toMatch(pattern);
      expect(await page.text()).toContain(model.error);
      const tries = () => asked.filter((file) => file === `${name}/config.json`).length;
      expect(tries()).toBe(1);
      await page.press('Try again');
      await page.until('the same error', (state) => tries() === 2 && state.model.phase === 'failed');
      expect(page.complaints).toEqual([]);
    });

  it('comes at the second try', async () => {
    const page = await open('?backend=reference&model=spoiled/once-missing');
    await page.until('an error', (state) => state.model.phase === 'failed');
    await page.press('Try again');
    await page.until('the model', (state) => state.model.phase === 'ready');
    expect(page.complaints).toEqual([]);
  });
});

describe('an enrollment', () => {
  it('that is no sound, too short or silent is refused in a sentence; the one before stays', async () => {
    const page = await openReady('?backend=reference');
    const { voice, error } = await page.enroll(path.join(DEMO, 'enrollment.wav'));
    expect(voice).not.toBe(null);
    expect(error).toBe(null);
    const bad: Record<string, Buffer> = {
      'text.wav': Buffer.from('this is not a sound'),
      'empty.wav': Buffer.alloc(0),
      'short.wav': wav(new Float32Array(8000).map((_, n) => 0.1 * Math.sin(n / 7))),
      'silent.wav': wav(new Float32Array(96000)),
    };
    for (const [name, bytes] of Object.entries(bad)) {
      const file = path.join(folder, name);
      await writeFile(file, bytes);
      const enrollment = await page.enroll(file);
      report(`${name}: ${enrollment.error}`);
      expect(enrollment.voice).toBe(voice);
      expect(enrollment.error).toMatch(/[.!]$/);
    }
    expect((await page.enroll(path.join(DEMO, 'enrollment.wav'))).error).toBe(null);
  });
});

/** 16-bit mono WAV at 16 kHz. */
function wav(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.set([16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0], 16);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, n) => bytes.writeInt16LE(Math.round(sample * 32767), 44 + 2 * n));
  return bytes;
}
