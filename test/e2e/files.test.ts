// The files page as people use it: with the shipped model, a voice and a mixture from files. What is saved is nearer to the target.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ElementHandle } from 'puppeteer-core';
import { expect, it } from 'vitest';
import { siSdrDb } from '../../src/shared/metrics.ts';
import { readWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import type { App } from './app.ts';
import { poll } from './poll.ts';
import { ROOT } from './server.ts';
import { startVisit } from './visit.ts';

const DEMO = path.join(ROOT, 'public/demo');
const FAR_NEARER_DB = 3;

const visit = startVisit();
let app: App;

const wav = async (file: string) => readWav(await readFile(path.join(DEMO, file)), file).channels[0];

async function give(selector: string, ...files: string[]): Promise<void> {
  const input = await app.page.waitForSelector(`file-extractor >>> ${selector} >>> input[type=file]`);
  await (input as ElementHandle<HTMLInputElement>).uploadFile(...files.map((file) => path.join(DEMO, file)));
}

async function has(selector: string): Promise<ElementHandle<HTMLElement>> {
  const found = await poll(
    () => app.page.$(`file-extractor >>> ${selector}`),
    async () => `${selector}. The page says: ${await app.text()}`,
    90_000,
  );
  return found as ElementHandle<HTMLElement>;
}

it('extracts an enrolled voice from two files, one after the other', async () => {
  app = await visit.open('/files.html?backend=wasm');
  await give('file-drop-zone', 'mixture.wav', 'target.wav');
  await give('enroll-start', 'enrollment.wav');
  await (await has('button#save')).evaluate((button) => button.click());
  const link = (await has('file-item >>> a#save')) as unknown as ElementHandle<HTMLAnchorElement>;
  const { href, download } = await link.evaluate(({ href, download }) => ({ href, download }));
  expect(download).toBe('mixture-voice.wav');
  const saved = readWav(await app.bytes(href), download);
  const [mixture, target] = await Promise.all([wav('mixture.wav'), wav('target.wav')]);
  expect(saved).toMatchObject({ rateHz: 16_000, encoding: 'float32' });
  expect(saved.channels[0].length).toBe(mixture.length);
  const [before, after] = [siSdrDb(mixture, target), siSdrDb(saved.channels[0], target)];
  report(
    `files page: ${before.toFixed(1)} dB SI-SDR in the mixture, ${after.toFixed(1)} dB in what is saved`,
  );
  expect(after).toBeGreaterThan(before + FAR_NEARER_DB);
  await has('li:nth-child(2) file-item >>> a#save');
  expect(await app.text()).toMatch(/voice: enrollment · Done at [\d.]+ × real time/);
  expect(app.complaints).toEqual([]);
});

it('says what is wrong with the model, and lets try again', async () => {
  await app.page.goto(`${visit.origin}/files.html?backend=wasm&model=models/none`);
  await app.page.waitForSelector('notice-box[kind=error] button, #notices notice-box button');
  expect(await app.text()).toContain('The model could not be loaded.');
  await app.page.click('#notices button');
  await app.page.waitForFunction("document.querySelectorAll('#notices notice-box').length === 1");
});
