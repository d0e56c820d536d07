// The packed package in three kinds of projects, in a real browser: no file is copied by hand, nothing is missing, nothing is asked of
// another origin, and one voice comes out.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { siSdrDb } from '../../src/shared/metrics.ts';
import { readWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import { plainProject, viteProject, webpackProject, type Project } from './projects.ts';
import { ISOLATION, serve } from './site.ts';
import { DEMO, openBrowser, Visit } from './visit.ts';

const PROJECTS = { Vite: viteProject, webpack: webpackProject, 'a plain page': plainProject };

let browser: Browser;
let mixture: Float32Array;
let target: Float32Array;

const wav = async (name: string) => {
  const file = path.join(DEMO, name);
  return readWav(await readFile(file), file).channels[0];
};

beforeAll(async () => {
  [browser, mixture, target] = await Promise.all([openBrowser(), wav('mixture.wav'), wav('target.wav')]);
});
afterAll(() => browser?.close());

describe.each(Object.entries(PROJECTS))('in %s', (name, make) => {
  let project: Project;
  beforeAll(async () => {
    project = await make(inject('projects'));
  });

  it.each([
    ['isolated', ISOLATION, 'ring'],
    ['not isolated', {}, 'port'],
  ] as const)('gives the one voice, %s', async (how, headers, transport) => {
    const site = await serve({ ...project.folders, '/demo/': DEMO }, headers);
    // Of its own, so that no other visit has kept the model for it.
    const context = await browser.createBrowserContext();
    try {
      await context.overridePermissions(site.origin, ['microphone']);
      const visit = await Visit.open(context, `${site.origin}/`);
      expect(await visit.loaded()).toBeNull();
      const heard = await visit.hear();
      expect(visit.complaints).toEqual([]);
      expect(heard).toMatchObject({ oneLibrary: true, isolated: how === 'isolated', transport });
      expect(heard.origin).toEqual({ weights: 'network', offline: false, cacheProblem: null });
      expect(visit.requests.filter((url) => url.endsWith('.safetensors'))).toHaveLength(1);
      expect(heard.start).toMatch(/stop/i);
      expect(heard.livePeak).toBeGreaterThan(0.02);
      const gained = siSdrDb(Float32Array.from(heard.estimate), target) - siSdrDb(mixture, target);
      report(`${name}, ${how}: ${gained.toFixed(1)} dB nearer to the voice than the mixture is`);
      expect(gained).toBeGreaterThan(3);
    } finally {
      await context.close();
      await site.close();
    }
  });
});
