// The page as people use it, one thing after the other: the voices of both inputs, what is kept and what is let go. A small model on the
// plain backend, so that no machine is too slow for it.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../../src/shared/wav.ts';
import { App } from './app.ts';
import { MODEL, ROOT, serveSources } from './server.ts';
import type { Server } from './server.ts';

const ENROLLMENT = path.join(ROOT, 'public/demo/enrollment.wav');

let server: Server;
let app: App;

beforeAll(async () => {
  server = await serveSources(MODEL);
  app = await App.open(`${server.origin}/?backend=reference&model=test/golden/small&slackMs=soon`, {
    microphone: ENROLLMENT,
  });
}, 60_000);

afterAll(async () => {
  await app?.close();
  await server?.close();
});

const isRunning = ({ run, stats }: Awaited<ReturnType<App['state']>>) => run === 'running' && stats.hops > 20;

describe('the page', () => {
  it('says which of its options it did not understand', async () => {
    const { notices } = await app.until('the model', ({ model }) => model.phase === 'ready');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('slackMs=soon');
  });

  it('forgets a recording that was cancelled', async () => {
    await app.press('Record my voice');
    const { enrollment } = await app.until('a level', ({ enrollment: { seconds } }) => seconds > 0.5);
    expect(enrollment.phase).toBe('recording');
    expect(enrollment.levelDb).toBeGreaterThan(-60);
    await app.press('Cancel');
    await app.until('nothing enrolled', (state) => state.enrollment.phase === 'none');
  });

  it('enrolls from the microphone and runs with that voice, loudspeakers off', async () => {
    await app.press('Record my voice');
    await app.until(
      'enough voice',
      ({ enrollment }) => enrollment.phase === 'recording' && enrollment.seconds > 4,
    );
    await app.press('Stop and use it');
    const { enrollment } = await app.until('a voice', (state) => state.enrollment.phase === 'enrolled');
    expect(enrollment.label).toBe('Your voice');
    expect(enrollment.seconds).toBeGreaterThan(4);
    await app.click('#start');
    const { monitor, input } = await app.until(
      'sound',
      (state) => isRunning(state) && state.input.rmsDb > -60,
    );
    expect(monitor).toBe(false);
    expect(input.peakDb).toBeGreaterThanOrEqual(input.rmsDb);
  });

  it('takes another voice while it runs', async () => {
    expect(await app.enroll(ENROLLMENT)).toMatchObject({ phase: 'enrolled', label: 'enrollment.wav' });
    const { stats } = await app.state();
    await app.until('more sound', (state) => isRunning(state) && state.stats.hops > stats.hops + 50);
  });

  it('records from the middle on and offers both files, of the same length', async () => {
    await app.toggle('recording');
    const { stats } = await app.state();
    await app.until('some sound', (state) => state.stats.hops > stats.hops + 150);
    await app.toggle('recording');
    const { take, run } = await app.until('the recording', (state) => state.take !== null);
    expect(run).toBe('running');
    for (const address of [take!.inputUrl, take!.outputUrl]) {
      const { channels, rateHz } = readWav(await app.bytes(address), address);
      expect(rateHz).toBe(take!.rateHz);
      expect(channels.map(({ length }) => length)).toEqual([Math.round(take!.seconds * rateHz)]);
    }
  });

  it('keeps a voice for each input: the demonstration brings its own and plays aloud', async () => {
    await app.click('input[value=demo]');
    const switched = await app.until('the demonstration', ({ source }) => source === 'demo');
    expect(switched).toMatchObject({ run: 'stopped', monitor: true });
    expect(switched.enrollment.phase).toBe('none');
    await app.click('#start');
    const { enrollment } = await app.until('sound', isRunning);
    expect(enrollment.label).toContain('demonstration');
    await app.click('input[value=microphone]');
    const back = await app.until('the microphone', ({ source }) => source === 'microphone');
    expect(back).toMatchObject({ run: 'stopped', monitor: false });
    expect(back.enrollment).toMatchObject({ phase: 'enrolled', label: 'enrollment.wav' });
    await app.click('#start');
    await app.until('sound', isRunning);
  });

  it('breaks no accessibility rule, in light and in dark', async () => {
    await app.page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
    for (const value of ['light', 'dark']) {
      await app.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      const violations = await app.page.evaluate(async () => {
        const axe = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      });
      expect(violations, value).toEqual([]);
    }
  });

  it('stops, and neither failed silently nor spoke to anybody', async () => {
    await app.click('#stop');
    const { stats } = await app.until('silence', ({ run }) => run === 'stopped');
    expect(stats.hops).toBeGreaterThan(0);
    expect(app.complaints).toEqual([]);
  });
});
