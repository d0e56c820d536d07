// Where the user's own colours replace the page's (high contrast), every state can still be seen: looked at pixel by pixel.
import type { Page } from 'puppeteer-core';
import { beforeAll, expect, it } from 'vitest';
import { startVisit } from './visit.ts';

const PARTS = [
  'controls/strength-slider',
  'controls/toggle-switch',
  'enroll/enroll-progress',
  'enroll/enroll-start',
  'files/file-item',
  'files/file-player',
  'latency/latency-budget',
  'readouts/level-meter',
  'readouts/live-status',
  'readouts/notice-box',
  'spectrogram/db-legend',
];

const visit = startVisit();
let page: Page;

beforeAll(async () => {
  // Any address that runs nothing.
  ({ page } = await visit.open('/package.json'));
  const session = await page.createCDPSession();
  const features = [{ name: 'forced-colors', value: 'active' }];
  await session.send('Emulation.setEmulatedMedia', { features });
  await page.setContent('<!doctype html><html lang="en"></html>');
  const content = PARTS.map((part) => `import '/components/${part}.ts';`).join('');
  await page.addScriptTag({ type: 'module', content });
  await page.waitForFunction(() => customElements.get('notice-box') !== undefined);
}, 90_000);

/** Shows nothing but this one, in a <notice-box>, which has the colours of the theme. */
async function show(tag: string, properties: object): Promise<void> {
  await page.evaluate(
    async (name, values) => {
      const element = Object.assign(document.createElement(name), values) as HTMLElement & {
        updateComplete: Promise<unknown>;
      };
      element.style.flex = '1 0 20rem';
      const box = document.createElement('notice-box');
      box.append(element);
      document.body.replaceChildren(box);
      await element.updateComplete;
    },
    tag,
    properties,
  );
}

/** What is seen at this place of a part, 0 … 1 from its left and its top: a picture of one pixel. */
async function colourAt(selector: string, x: number, y = 0.5): Promise<string> {
  const part = (await page.$(`notice-box > * >>> ${selector}`))!;
  const box = (await part.boundingBox())!;
  const clip = { x: box.x + x * box.width, y: box.y + y * box.height, width: 1, height: 1 };
  return page.screenshot({ clip, encoding: 'base64' });
}

async function coloursAt(selector: string, ...places: number[]): Promise<string[]> {
  const colours: string[] = [];
  for (const x of places) colours.push(await colourAt(selector, x));
  return colours;
}

/** No two of them are the same. */
const expectDifferent = (colours: readonly string[]) => expect(new Set(colours).size).toBe(colours.length);

it('tells a switch that is on from one that is off', async () => {
  await show('toggle-switch', { label: 'Bypass' });
  const off = await coloursAt('.knob', 0.3, 0.7);
  await show('toggle-switch', { label: 'Bypass', checked: true });
  const on = await coloursAt('.knob', 0.3, 0.7);
  expectDifferent(off);
  expectDifferent(on);
  expect(on[0]).not.toBe(off[1]);
});

it('shows how far a slider, a level and a progress go', async () => {
  await show('strength-slider', { limitDb: 15 });
  expectDifferent(await coloursAt('input', 0.25, 0.75));
  await show('level-meter', { rmsDb: -30 });
  expectDifferent(await coloursAt('.track', 0.25, 0.75));
  await show('enroll-progress', {
    recording: { share: 0.5, guidance: 'go-on', levelDb: -30, peakDb: -20, interruption: null },
  });
  expectDifferent(await coloursAt('.track', 0.25, 0.75));
  await show('file-item', {
    file: { name: 'talk.wav', phase: 'extracting', share: 0.5, speed: 1, facts: null, voice: null },
  });
  expectDifferent(await coloursAt('progress', 0.25, 0.75));
});

it('shows that it records', async () => {
  await show('enroll-progress', {});
  expectDifferent([await colourAt('.dot', 0.5), await colourAt('.dot', -0.5)]);
});

it('tells the states of the lamp apart', async () => {
  const seen: string[] = [];
  for (const tone of ['off', 'good', 'notice', 'bad']) {
    await show('live-status', { tone, text: tone });
    seen.push((await coloursAt('.lamp', 0.3, 0.7)).join());
  }
  expectDifferent(seen);
});

it('tells the parts of a budget apart', async () => {
  const parts = [16, 8, 8, 16].map((ms, n) => ({ name: `part ${n}`, ms, isForeign: n === 3 }));
  await show('latency-budget', { parts });
  expectDifferent(await coloursAt('.bar', 0.15, 0.4, 0.6, 0.85));
});

it('keeps the colours of the legend', async () => {
  await show('db-legend', {});
  expectDifferent(await coloursAt('.strip', 0.1, 0.5, 0.9));
});

it('tells which of Before and After is heard', async () => {
  for (const heard of ['before', 'after']) {
    await show('file-player', { seconds: 8, state: { positionS: 0, isPlaying: false, heard } });
    const [before, after] = [1, 2].map((n) => `label:nth-of-type(${n}) span`);
    expectDifferent([await colourAt(before, 0.1), await colourAt(after, 0.1)]);
  }
});

it('tells a button that is out of use from one that is not', async () => {
  await show('enroll-start', { disabled: true });
  const colour = () => page.$eval('notice-box > * >>> #record', (button) => getComputedStyle(button).color);
  const off = await colour();
  await show('enroll-start', {});
  expectDifferent([off, await colour()]);
});
