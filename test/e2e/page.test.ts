// The page as people use it, one thing after the other: the voices of both inputs, what is kept and what is let go. A small model on the
// plain backend, so that no machine is too slow for it.
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../../src/shared/wav.ts';
import { expectAccessible } from './accessible.ts';
import { App } from './app.ts';
import type { AppState } from './app.ts';
import { ROOT } from './server.ts';
import { startVisit } from './visit.ts';

const ENROLLMENT = path.join(ROOT, 'public/demo/enrollment.wav');

const visit = startVisit();
let app: App;

beforeAll(async () => {
  app = await visit.open('/?backend=reference&model=test/golden/small&slackMs=soon', {
    microphone: ENROLLMENT,
  });
}, 60_000);

const isRunning = ({ run, stats }: AppState) => run === 'running' && stats.hops > 20;

describe('the page', () => {
  it('says which of its options it did not understand', async () => {
    const { notices } = await app.until('the model', ({ model }) => model.phase === 'ready');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('slackMs=soon');
  });

  it('forgets a recording that was cancelled', async () => {
    await app.press('Record a voice');
    const { enrollment } = await app.until('some voice', ({ enrollment: { share } }) => share > 0);
    expect(enrollment.phase).toBe('recording');
    expect(enrollment.levelDb).toBeGreaterThan(-60);
    await app.press('Cancel');
    await app.until(
      'nothing enrolled',
      ({ enrollment: { phase, voice } }) => phase === 'idle' && voice === null,
    );
  });

  it('enrolls from the microphone and runs with that voice, loudspeakers off', async () => {
    await app.press('Record a voice');
    await app.until('enough voice', ({ enrollment: { phase } }) => phase === 'review');
    const { voice } = await app.save();
    await app.click('#start');
    const { listen, mixture, ...running } = await app.until(
      'sound',
      (state) => isRunning(state) && state.mixture.rmsDb > -60,
    );
    expect(listen).toBe(false);
    expect(mixture.peakDb).toBeGreaterThanOrEqual(mixture.rmsDb);
    expect(running.voice).toBe(voice);
  });

  it('adds a second recording to a voice, which goes on under its name', async () => {
    await app.press('Add a recording');
    await app.click('#record');
    await app.until('enough voice', ({ enrollment: { phase } }) => phase === 'review');
    const { voice } = await app.save();
    const { stats } = await app.state();
    await app.until('more sound', (state) => isRunning(state) && state.stats.hops > stats.hops + 50);
    expect(await app.text()).toContain('2 recordings');
    expect((await app.state()).voice).toBe(voice);
  });

  it('takes another voice while it runs', async () => {
    const { voice } = await app.enroll(ENROLLMENT);
    expect(voice).toBe('enrollment');
    const { stats } = await app.state();
    await app.until('more sound', (state) => isRunning(state) && state.stats.hops > stats.hops + 50);
    expect((await app.state()).voice).toBe('enrollment');
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

  it('plays the demonstration aloud with its own voice, and goes back to the chosen one, silently', async () => {
    await app.press('Play the demonstration');
    const demo = await app.until(
      'the demonstration',
      (state) => state.input === 'source' && isRunning(state),
    );
    expect(demo.listen).toBe(true);
    expect(demo.enrollment.voice).toBe('enrollment');
    await app.click('#stop');
    await app.until('the end', ({ run }) => run === 'stopped');
    await app.click('#start');
    const back = await app.until('sound', (state) => state.input === 'microphone' && isRunning(state));
    expect(back.listen).toBe(false);
    expect(back.voice).toBe('enrollment');
  });

  it('switches what computes while it runs', async () => {
    await app.page.select('target-extractor >>> #backend >>> select', 'wasm');
    await app.until('WebAssembly', ({ stats }) => stats.backend === 'wasm');
    const { stats } = await app.state();
    await app.until('more sound', (state) => isRunning(state) && state.stats.hops > stats.hops + 50);
  });

  it('breaks no accessibility rule, in light and in dark', async () => {
    await expectAccessible(app);
  });

  it('stops, and neither failed silently nor spoke to anybody', async () => {
    await app.click('#stop');
    const { stats } = await app.until('silence', ({ run }) => run === 'stopped');
    expect(stats.hops).toBeGreaterThan(0);
    expect(app.complaints).toEqual([]);
  });
});

describe('a first visit', () => {
  it('needs one click from the page to the demonstration’s one voice', async () => {
    const first = await App.open(`${visit.origin}/?backend=wasm`);
    try {
      await first.press('Play the demonstration');
      const { stats, listen } = await first.until('sound', isRunning);
      expect(listen).toBe(true);
      expect(stats.backend).toBe('wasm');
      expect(first.complaints).toEqual([]);
    } finally {
      await first.close();
    }
  });
});
