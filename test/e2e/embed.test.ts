// The embed example, really running: the track in a call between two ends, the look, the language. What the far end receives is nearer
// to the target than the mixture is.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { siSdrDb } from '../../src/shared/metrics.ts';
import { readWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import { expectAccessible } from './accessible.ts';
import type { App } from './app.ts';
import { alignedParts } from './compare.ts';
import { ROOT } from './server.ts';
import { startVisit } from './visit.ts';

const RATE_HZ = 16_000;
const SECONDS = 8;
const DEMO = path.join(ROOT, 'public/demo');

const visit = startVisit();
let app: App;

beforeAll(async () => {
  app = await visit.open('/embed.html?backend=wasm&slackMs=100');
  await app.until('the model', ({ model }) => model.phase === 'ready');
}, 90_000);

const wav = async (file: string) => readWav(await readFile(path.join(DEMO, file)), file).channels[0];

/** Records what the far end's player is given, at 16 kHz. */
async function recordFarEnd(): Promise<Float32Array> {
  const samples = await app.page.evaluate(
    async (rateHz, seconds) => {
      const heard = document.querySelector<HTMLAudioElement>('#far')!.srcObject as MediaStream;
      const context = new AudioContext({ sampleRate: rateHz });
      const code = `registerProcessor('taker', class extends AudioWorkletProcessor {
        process([[samples]]) { if (samples) this.port.postMessage(samples.slice()); return true; }
      });`;
      await context.audioWorklet.addModule(
        URL.createObjectURL(new Blob([code], { type: 'text/javascript' })),
      );
      const taker = new AudioWorkletNode(context, 'taker', { channelCount: 1, channelCountMode: 'explicit' });
      const kept: number[] = [];
      await new Promise<void>((resolve) => {
        taker.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
          kept.push(...data);
          if (kept.length >= rateHz * seconds) resolve();
        };
        new MediaStreamAudioSourceNode(context, { mediaStream: heard })
          .connect(taker)
          .connect(context.destination);
      });
      await context.close();
      return kept;
    },
    RATE_HZ,
    SECONDS,
  );
  return Float32Array.from(samples);
}

describe('the embed page', () => {
  it('shows the code that runs', async () => {
    const text = await app.text();
    for (const piece of [
      '<target-extractor>',
      'near.addTrack(track)',
      '--crossmamba-accent',
      'Wessen Stimme?',
    ])
      expect(text).toContain(piece);
    // What is shown works in a page that has the package alone: that carries no demonstration.
    expect(text).not.toContain('demo="demo"');
  });

  it('says so where no call can be had, and can be asked again', async () => {
    await app.page.evaluate(() => {
      const { addTrack } = RTCPeerConnection.prototype;
      RTCPeerConnection.prototype.addTrack = () => {
        RTCPeerConnection.prototype.addTrack = addTrack;
        throw new Error('no calls today');
      };
    });
    await app.page.locator('#call-button').click();
    await app.page.waitForFunction(() => document.querySelector('#call-status')!.textContent !== '');
    expect(await app.text()).toContain('There is no call: no calls today.');
    expect(await app.page.evaluate(() => document.querySelector('#call-button')!.ariaDisabled)).toBe('false');
  });

  it('gives the far end of a call the one voice, nearer to it than the mixture', async () => {
    await app.page.focus('#call-button');
    await app.page.keyboard.press('Enter');
    await app.page.waitForFunction(() => document.querySelector('#call-button')!.textContent === 'Hang up');
    expect(await app.page.evaluate(() => document.activeElement!.id)).toBe('call-button');
    await app.press('Play the demonstration');
    await app.until('sound', ({ run, stats }) => run === 'running' && stats.hops > 100);
    await app.page.waitForFunction(
      () => (document.querySelector('#far-level') as unknown as { rmsDb: number }).rmsDb > -60,
    );
    const heard = await recordFarEnd();
    const [target, mixture] = await Promise.all([wav('target.wav'), wav('mixture.wav')]);
    const parts = alignedParts(heard, mixture, target);
    const far = siSdrDb(parts.heard, parts.target);
    const before = siSdrDb(parts.mixture, parts.target);
    report(
      `far end of a call: SI-SDR to the target ${far.toFixed(1)} dB, the mixture's ${before.toFixed(1)} dB`,
    );
    expect(far).toBeGreaterThan(before);
  });

  it('wears another look and speaks another language', async () => {
    const style = () =>
      app.page.evaluate(() => {
        const button = document
          .querySelector('target-extractor')!
          .shadowRoot!.querySelector('live-monitor')!
          .shadowRoot!.querySelector('[part=start]')!;
        return getComputedStyle(button).textTransform;
      });
    expect(await style()).toBe('none');
    await app.page.locator('#look-switch').click();
    expect(await style()).toBe('uppercase');
    await app.page.locator('#language-switch').click();
    expect(await app.text()).toMatch(/Nur die Stimme der Vorführung kommt durch|Die Stimme/);
    await app.page.locator('#language-switch').click();
    await app.page.locator('#look-switch').click();
    expect(await style()).toBe('none');
  });

  it('breaks no accessibility rule, in light and in dark', async () => {
    await expectAccessible(app);
  });

  it('hangs up, stops, and spoke to nobody else', async () => {
    await app.page.locator('#call-button').click();
    await app.click('#stop');
    await app.until('silence', ({ run }) => run === 'stopped');
    expect(await app.text()).toContain('The call is over.');
    expect(app.complaints).toEqual([]);
  });
});
