// The latency page as people get it: with the shipped model, from the sources. No timing decides.
import { expect, it } from 'vitest';
import type { LatencyMeter } from '../../elements/latency-meter/latency-meter.ts';
import type { LatencyReport } from '../../src/shared/latency-report.ts';
import { report } from '../report.ts';
import type { App } from './app.ts';
import { poll } from './poll.ts';
import { startVisit } from './visit.ts';

const visit = startVisit();
let app: App;

const meter = () => document.querySelector('latency-meter') as LatencyMeter | null;

function until(what: string, wanted: (found: LatencyReport) => boolean): Promise<LatencyReport> {
  return poll(
    async () => {
      const found = (await app.page.evaluate(`(${meter})()?.report ?? null`)) as LatencyReport | null;
      return found !== null && wanted(found) ? found : null;
    },
    () => what,
  );
}

const click = (id: string) => app.page.locator(`latency-meter >>> button#${id}`).click();

it('measures the shipped model: the delay to the sample, every hop, a verdict; nothing leaves the page', async () => {
  app = await visit.open('/latency.html?backend=wasm');
  await until('the model', ({ extractor }) => extractor !== null);
  await click('node');
  const { node } = await until('the delay', (found) => found.node !== null);
  expect(node!.measuredSamples).toEqual(Array(3).fill(node!.promisedSamples));
  await click('run');
  await until('a second of hops', ({ live }) => (live?.hops ?? 0) > 125);
  await click('run');
  const found = await until('the figures', ({ live }) => live !== null);
  const { live, extractor, verdict } = found;
  report(
    `latency page: ${extractor!.promisedMs.toFixed(2)} ms promised, hop p50 ${live!.times.hop!.p50.toFixed(2)} ms, ` +
      `${live!.missedDeadlines} deadlines missed on this machine`,
  );
  expect(extractor).toMatchObject({ backend: 'wasm', transport: 'ring' });
  // By default what the device needs, which a busy machine may take for more.
  expect(extractor!.slackMs).toBeGreaterThanOrEqual(8);
  expect(extractor!.slackMs).toBeLessThanOrEqual(68);
  expect(live!.times.wake!.n).toBeGreaterThan(0);
  expect(live!.times.readback).toBeNull();
  expect(verdict.join(' ')).toContain('to the sample what it promises');
  expect(app.complaints).toEqual([]);
});

it('says what in the address it does not understand', async () => {
  await app.page.goto(`${visit.origin}/latency.html?backend=wasm&slackMs=much`);
  await app.page.waitForSelector('notice-box');
  const text = await app.page.evaluate("document.querySelector('notice-box').text");
  expect(text).toContain('slackMs=much is not a number');
});
