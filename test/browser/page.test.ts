// What the page is made of besides elements: its options and its recorder.
import { expect } from 'chai';
import type {} from 'mocha';
import { readOptions } from '../../pages/app/options.ts';
import { Recorder } from '../../src/recorder.ts';
import { bufferSource, fakeExtractor, sleep, soundGoesBy } from './fake/fake-extractor.ts';

describe('page options', () => {
  it('are the defaults for a plain address', () => {
    expect(readOptions('http://localhost:1/')).to.deep.equal({
      backend: 'auto',
      slackMs: undefined,
      modelUrl: 'http://localhost:1/models/speaker-base',
      complaints: [],
    });
  });

  it('come from the address', () => {
    expect(readOptions('http://localhost:1/a/?backend=webgpu&slackMs=12.5&model=other')).to.deep.equal({
      backend: 'webgpu',
      slackMs: 12.5,
      modelUrl: 'http://localhost:1/a/other',
      complaints: [],
    });
  });

  for (const query of [
    'backend=gpu',
    'slackMs=-1',
    'slackMs=',
    'slackMs=soon',
    'model=https://example.org/m',
  ])
    it(`complain about ${query} and go on with the default`, () => {
      const { complaints, ...options } = readOptions(`http://localhost:1/?${query}`);
      expect(complaints).to.have.length(1);
      expect(options).to.deep.equal({
        backend: 'auto',
        slackMs: undefined,
        modelUrl: 'http://localhost:1/models/speaker-base',
      });
    });
});

describe('recorder', () => {
  it('keeps two places of the graph sample for sample of the same time', async () => {
    const delaySamples = 384;
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const source = new OscillatorNode(context, { frequency: 1234.5 });
    const delay = new DelayNode(context, { delayTime: delaySamples / context.sampleRate });
    source.connect(delay);
    source.start();
    const recorder = await Recorder.start(context, [source, delay]);
    while (recorder.samples < 24000) await new Promise((resolve) => setTimeout(resolve, 20));
    const endFrame = context.currentTime * context.sampleRate;
    const { channels, startFrame, lostSamples } = await recorder.finish();
    await context.close();

    expect(lostSamples).to.equal(0);
    expect(startFrame % 128).to.equal(0);
    expect(startFrame).to.be.within(0, endFrame - 24000);
    const [input, output] = channels;
    expect(input.length).to.equal(output.length).and.to.be.at.least(24000);
    expect(Math.max(...input.slice(-8000))).to.be.closeTo(1, 0.01);
    let worst = 0;
    for (let n = 4800; n < output.length; n++)
      worst = Math.max(worst, Math.abs(output[n] - input[n - delaySamples]));
    expect(worst).to.be.lessThan(1e-6);
  });

  it('knows its first frame, although the page changes the graph meanwhile', async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    // Every sample tells its place.
    const places = Float32Array.from({ length: 20 * context.sampleRate }, (_, n) => (n + 1) / 2 ** 20);
    const source = bufferSource(context, [places]);
    const quiet = new GainNode(context, { gain: 0 });
    source.connect(quiet).connect(context.destination);
    source.start();
    const others = Array.from({ length: 300 }, () => new GainNode(context));
    const changeGraph = () => {
      others.forEach((other) => other.connect(quiet));
      others.forEach((other) => other.disconnect(quiet));
    };
    const starts: number[] = [];
    for (let n = 0; n < 20; n++) {
      changeGraph();
      const recorder = await Recorder.start(context, [source]);
      for (let k = 0; k < 5; k++) changeGraph();
      await sleep(40);
      const { channels, startFrame } = await recorder.finish();
      const place = channels[0].findIndex((x) => x > 0);
      if (place >= 0) starts.push(startFrame + place - Math.round(channels[0][place] * 2 ** 20));
    }
    await context.close();
    expect(starts).to.have.length.above(10);
    expect(new Set(starts)).to.have.property('size', 1);
  });

  it('ends although the page has taken its nodes apart, or the extractor is gone', async () => {
    const context = new AudioContext();
    await context.resume();
    const source = new GainNode(context);
    const recorder = await Recorder.start(context, [source]);
    await soundGoesBy(context, 0.1);
    source.disconnect();
    const { channels } = await recorder.finish();
    expect(channels[0].length).to.be.greaterThan(0);
    const extractor = await fakeExtractor('gain=1', { context });
    const both = await Recorder.start(context, [extractor.input, extractor.output]);
    await extractor.dispose();
    expect((await both.finish()).channels).to.have.length(2);
    await context.close();
  });

  it('records silence where nothing plays, and tells how far it is', async () => {
    const context = new AudioContext();
    await context.resume();
    const totals: number[] = [];
    const source = new GainNode(context);
    const recorder = await Recorder.start(context, [source], (newest, total) => {
      totals.push(total);
      expect(newest.every((sample) => sample === 0)).to.equal(true);
    });
    while (recorder.samples < 12000) await new Promise((resolve) => setTimeout(resolve, 20));
    const { channels } = await recorder.finish();
    await context.close();
    expect(totals.at(-1)).to.equal(channels[0].length);
    expect([...totals].sort((a, b) => a - b)).to.deep.equal(totals);
  });
});
