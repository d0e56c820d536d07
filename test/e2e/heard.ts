// What a page lets the loudspeakers play, recorded in its own audio graph, and the clicks that people made until then.
import type { Page } from 'puppeteer-core';

interface Watched {
  clicks: number;
  /** All that goes to the loudspeakers goes in here too. */
  tap: GainNode | null;
}

/** Watches every page that `page` opens from now on. */
export async function watchLoudspeakers(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const watched: Watched = { clicks: 0, tap: null };
    Object.assign(window, { watched });
    addEventListener('click', ({ isTrusted }) => (watched.clicks += Number(isTrusted)), true);
    const { connect, disconnect } = AudioNode.prototype;
    const connectAny = connect as (this: AudioNode, ...to: unknown[]) => AudioNode;
    AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
      // Offline ones are heard by nobody.
      if (to[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
        watched.tap ??= new GainNode(this.context);
        connectAny.call(this, watched.tap);
      }
      return connectAny.apply(this, to);
    } as typeof connect;
    const disconnectAny = disconnect as (this: AudioNode, ...from: unknown[]) => void;
    AudioNode.prototype.disconnect = function (this: AudioNode, ...from: unknown[]) {
      // Without a place named, the tap is left by itself.
      if (from[0] instanceof AudioDestinationNode && this.context instanceof AudioContext)
        disconnectAny.call(this, watched.tap);
      disconnectAny.apply(this, from);
    } as typeof disconnect;
  });
}

/** Clicks so far. */
export const clicks = (page: Page): Promise<number> =>
  page.evaluate(() => (window as unknown as { watched: Watched }).watched.clicks);

/**
 * The next `seconds` that the loudspeakers play, sample for sample as the graph makes them, at `rateHz`: as often as the context's rate
 * is a multiple of that, each time one of the context's samples later, so that one of them fits a reference at `rateHz` best.
 */
export async function heard(page: Page, seconds: number, rateHz: number): Promise<Float32Array[]> {
  const phases = await page.evaluate(
    async (length, rate) => {
      const { tap } = (window as unknown as { watched: Watched }).watched;
      if (tap === null) throw new Error('Nothing was ever connected to the loudspeakers.');
      const { context } = tap;
      const code = `registerProcessor('tap-taker', class extends AudioWorkletProcessor {
        process([[samples]]) { this.port.postMessage(samples ? samples.slice() : new Float32Array(128)); return true; }
      });`;
      const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
      // A second time the name is taken; so is the processor.
      await context.audioWorklet.addModule(url).catch(() => {});
      const taker = new AudioWorkletNode(context, 'tap-taker', {
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      const wanted = Math.ceil(length * context.sampleRate);
      const samples = new Float32Array(wanted + 128);
      let filled = 0;
      await new Promise<void>((resolve) => {
        taker.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
          if (filled >= wanted) return resolve();
          samples.set(data, filled);
          filled += data.length;
        };
        // Its output is silence; only nodes that lead to the destination are sure to run.
        const silence = new GainNode(context, { gain: 0 });
        tap.connect(taker).connect(silence);
        silence.connect(context.destination);
      });
      tap.disconnect(taker);
      taker.disconnect();
      const multiple = Math.max(1, Math.round(context.sampleRate / rate));
      const all: number[][] = [];
      for (let phase = 0; phase < multiple; phase++) {
        const offline = new OfflineAudioContext(1, Math.floor((wanted - phase) / multiple), rate);
        const buffer = new AudioBuffer({ length: wanted - phase, sampleRate: context.sampleRate });
        buffer.copyToChannel(samples.subarray(phase, wanted), 0);
        const player = new AudioBufferSourceNode(offline, { buffer });
        player.connect(offline.destination);
        player.start();
        all.push([...(await offline.startRendering()).getChannelData(0)]);
      }
      return all;
    },
    seconds,
    rateHz,
  );
  return phases.map((phase) => Float32Array.from(phase));
}
