// <latency-meter>: what it shows and asks for in each state, its report, its texts, and that everybody can use it.
import { sendKeys } from '@web/test-runner-commands';
import { expect } from 'chai';
import type {} from 'mocha';
import '../../components/latency/latency-histogram.ts';
import type { LatencyTable } from '../../components/latency/latency-table.ts';
import type { LatencyTimeline } from '../../components/latency/latency-timeline.ts';
import type { LatencyMeter } from '../../elements/latency-meter/latency-meter.ts';
import '../../elements/latency-meter/latency-meter.ts';
import { LATENCY_METER_TEXTS } from '../../elements/latency-meter/texts.ts';
import type { Extractor } from '../../src/index.ts';
import type { LatencyReport } from '../../src/shared/latency-report.ts';
import { expectAccessible, frames } from './dom.ts';
import { bufferSource, fakeExtractor, music, until } from './fake/fake-extractor.ts';
import { fakeLoop } from './fake/fake-loop.ts';

let meter: LatencyMeter;
let extractor: Extractor | undefined;
const opened = { open: 0, total: 0 };

beforeEach(() => {
  opened.open = opened.total = 0;
  meter = document.createElement('latency-meter');
  document.body.append(meter);
  return meter.updateComplete;
});

afterEach(async () => {
  meter.remove();
  await extractor?.dispose();
  extractor = undefined;
});

const button = (id: string) => meter.shadowRoot!.querySelector<HTMLButtonElement>(`#${id}`);
const text = () => meter.shadowRoot!.textContent.replace(/\s+/g, ' ');
const changed = () =>
  new Promise<LatencyReport>((resolve) =>
    meter.addEventListener('report-change', (event) => resolve((event as CustomEvent).detail.report), {
      once: true,
    }),
  );

async function give(query = 'gain=0.5', slackMs = 120): Promise<Extractor> {
  extractor = await fakeExtractor(query, { slackMs });
  meter.extractor = extractor;
  await meter.updateComplete;
  return extractor;
}

it('says that the model is being loaded, and offers what can be measured without it', async () => {
  await meter.updateComplete;
  expect(text()).to.include(LATENCY_METER_TEXTS.loading);
  expect(button('run')!.disabled).to.equal(true);
  expect(button('node')!.disabled).to.equal(true);
  expect(button('loop')!.disabled).to.equal(false);
  expect(button('export')!.disabled).to.equal(true);
  expect(meter.report).to.include({ extractor: null, live: null, node: null, loop: null });
  await expectAccessible(meter);
});

it('runs on its own noise, shows every part of a hop, and sums it up', async () => {
  const own = await give();
  button('run')!.click();
  await until(() => (meter.report.live?.hops ?? 0) > 60, 'hops');
  expect(own.state).to.equal('running');
  await meter.updateComplete;
  const table = meter.shadowRoot!.querySelector<LatencyTable>('latency-table')!;
  const cells = [...table.shadowRoot!.querySelectorAll('tbody tr')].map((row) => row.textContent);
  expect(cells.length).to.equal(6);
  expect(cells[0]).to.include(LATENCY_METER_TEXTS.parts.wake.name);
  const histogram = meter.shadowRoot!.querySelector('latency-histogram')!;
  expect(histogram.shadowRoot!.querySelectorAll('rect').length).to.be.greaterThan(0);
  const timeline = meter.shadowRoot!.querySelector<LatencyTimeline>('latency-timeline')!;
  expect(timeline.timeline.hopMs.length).to.be.greaterThan(50);
  await expectAccessible(meter);
  const ended = changed();
  button('run')!.click();
  const { live, verdict, extractor: described } = await ended;
  await until(() => own.state === 'stopped', 'the end of the run');
  expect(live!.hops).to.be.greaterThan(60);
  expect(live!.hopHistogram.counts.reduce((sum, count) => sum + count)).to.be.greaterThan(60);
  expect(described).to.include({ model: 'fake', transport: 'ring', slackMs: 120 });
  expect(verdict.length).to.be.greaterThan(0);
  expect(text()).to.include(verdict[0]);
});

it('measures the added delay, and keeps the figures of the run before', async () => {
  const own = await give();
  button('run')!.click();
  await until(() => (meter.report.live?.hops ?? 0) > 20, 'hops');
  const ended = changed();
  button('run')!.click();
  const before = (await ended).live!.hops;
  await until(() => own.state === 'stopped', 'the end of the run');
  const measured = changed();
  button('node')!.click();
  const { node, live } = await measured;
  expect(node!.measuredSamples).to.deep.equal(Array(3).fill(own.latencySamples));
  expect(live!.hops).to.equal(before);
  await meter.updateComplete;
  expect(text()).to.include(`${own.latencySamples} samples`);
  expect(own.state).to.equal('stopped');
  await expectAccessible(meter);
});

it('gives a clue of nobody only where there is none', async () => {
  const own = await give();
  const clues: Float32Array[] = [];
  const { setClue } = own;
  own.setClue = (clue) => (clues.push(clue as Float32Array), setClue.call(own, clue));
  const measured = changed();
  button('node')!.click();
  await measured;
  expect(clues).to.deep.equal([]);
});

it('forgets what it measures of one extractor where another comes', async () => {
  const first = await give();
  let [go, begun] = [() => {}, false];
  const held = new Promise<void>((resolve) => (go = resolve));
  const { start } = first;
  first.start = async (input) => {
    begun = true;
    await held;
    await start.call(first, input);
  };
  const ended = changed();
  button('node')!.click();
  await until(() => begun, 'the measurement');
  await give();
  go();
  expect((await ended).node).to.equal(null);
  await meter.updateComplete;
  expect(button('node')!.textContent!.trim()).to.equal(LATENCY_METER_TEXTS.measureNode);
  await first.dispose();
});

it('can be told not to wait for a loop that is being opened', async () => {
  meter.openRig = () => new Promise(() => {});
  const ended = changed();
  button('loop')!.click();
  await until(() => button('cancel') !== null, 'a way to cancel');
  button('cancel')!.click();
  expect((await ended).loop).to.equal(null);
  await meter.updateComplete;
  expect(button('loop')!.textContent!.trim()).to.equal(LATENCY_METER_TEXTS.measureLoop);
});

it('leaves nobody’s clue behind', async () => {
  const own = await give();
  await own.forgetClue();
  const measured = changed();
  button('node')!.click();
  expect((await measured).node).not.to.equal(null);
  expect(own.hasClue).to.equal(false);
  button('run')!.click();
  await until(() => own.state === 'running', 'the noise');
  button('run')!.click();
  await until(() => own.state === 'stopped' && !own.hasClue, 'the end');
});

it('knows when its own run was ended by another, and leaves that one alone', async () => {
  const own = await give();
  button('run')!.click();
  await until(() => own.state === 'running', 'the noise');
  await own.start(bufferSource(own.context, [music(own.context.sampleRate, 1)]));
  await until(() => button('run') === null, 'somebody else’s run');
  meter.remove();
  expect(own.state).to.equal('running');
  await own.stop();
});

it('ends its own run where another extractor comes, or where it goes while that begins', async () => {
  const first = await give();
  button('run')!.click();
  await until(() => first.state === 'running', 'the noise');
  const second = await give();
  await until(() => first.state === 'stopped', 'the end');
  await first.dispose();
  const states: string[] = [];
  second.on('statechange', ({ state }) => states.push(state));
  button('run')!.click();
  meter.remove();
  await until(() => states.length === 2, 'the noise and its end');
  expect(states).to.deep.equal(['running', 'stopped']);
});

it('shows an extractor that runs already, and leaves it alone', async () => {
  const own = await give();
  await own.start(bufferSource(own.context, [music(own.context.sampleRate, 1)]));
  await until(() => (meter.report.live?.hops ?? 0) > 10, 'hops');
  await meter.updateComplete;
  expect(button('run')).to.equal(null);
  expect(button('node')!.disabled).to.equal(true);
  expect(text()).to.include(LATENCY_METER_TEXTS.stopFirst);
  await expectAccessible(meter);
  meter.remove();
  expect(own.state).to.equal('running');
  await own.stop();
});

it('stops what it started when it is taken from the page', async () => {
  const own = await give();
  button('run')!.click();
  await until(() => own.state === 'running', 'the run');
  await until(() => button('run')?.textContent.includes(LATENCY_METER_TEXTS.stop) ?? false, 'the button');
  meter.remove();
  await until(() => own.state === 'stopped', 'the end of the run');
});

it('tells why it cannot run', async () => {
  const own = await give();
  own.start = () => Promise.reject(new Error('there is no audio output'));
  button('run')!.click();
  await until(() => text().length > 0 && meter.shadowRoot!.querySelector('notice-box') !== null, 'the error');
  expect(meter.shadowRoot!.querySelector('notice-box')!.text).to.equal('there is no audio output.');
  expect(button('run')!.disabled).to.equal(false);
  await expectAccessible(meter);
});

it('keeps the keyboard on what was pressed, while nothing else can be', async () => {
  const own = await give();
  meter.openRig = fakeLoop({ delaySamples: 2000 }, opened);
  const expectFocus = async (id: string, isBusy: boolean) => {
    await meter.updateComplete;
    await frames();
    expect(meter.shadowRoot!.activeElement?.id).to.equal(id);
    for (const name of ['run', 'node', 'loop'])
      expect(button(name)!.ariaDisabled, name).to.equal(String(isBusy));
  };
  const press = () => sendKeys({ press: 'Enter' });
  const hold = (name: 'start' | 'stop') => {
    const before = own[name] as () => Promise<void>;
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    own[name] = async (...values: unknown[]) => {
      await gate;
      await before.apply(own, values as []);
    };
    return () => ((own[name] as unknown) = before) && go();
  };
  button('run')!.focus();
  const start = hold('start');
  await press();
  await expectFocus('run', true);
  start();
  await until(() => (meter.report.live?.hops ?? 0) > 20, 'hops');
  await expectFocus('run', false);
  const stop = hold('stop');
  await press();
  await expectFocus('run', true);
  const ended = changed();
  stop();
  await ended;
  await expectFocus('run', false);
  button('node')!.focus();
  const measured = changed();
  await press();
  await expectFocus('node', true);
  await measured;
  await expectFocus('node', false);
  button('loop')!.focus();
  await press();
  await until(() => button('cancel') !== null, 'the button');
  await expectFocus('loop', true);
  button('cancel')!.focus();
  const cancelled = changed();
  await press();
  await cancelled;
  await expectFocus('loop', false);
  await press();
  await until(() => button('cancel') !== null, 'the button');
  button('cancel')!.focus();
  await changed(); // the loop is over by itself
  await expectFocus('loop', false);
});

it('measures the loop, with progress, and says what dominates', async () => {
  meter.openRig = fakeLoop({ delaySamples: 4410, noisePeak: 0.05, echo: 0.3 }, opened);
  const ended = changed();
  button('loop')!.click();
  await until(() => (meter.shadowRoot!.querySelector('progress')?.value ?? 0) >= 2, 'progress');
  await expectAccessible(meter);
  const { loop, verdict } = await ended;
  expect(loop!.takes.length).to.equal(20);
  expect(loop!.delayMs!.n).to.equal(20);
  expect(Math.round((loop!.delayMs!.p50 * loop!.claims.rateHz) / 1000)).to.equal(4410);
  expect(verdict.join(' ')).to.include('Loudspeaker to microphone takes');
  await meter.updateComplete;
  const points = meter.shadowRoot!.querySelector('latency-takes')!.shadowRoot!.querySelectorAll('circle');
  expect(points.length).to.equal(20);
  await expectAccessible(meter);
});

it('can be told to stop measuring the loop', async () => {
  meter.openRig = fakeLoop({ delaySamples: 2000 }, opened);
  button('loop')!.click();
  await until(() => button('cancel') !== null, 'the button');
  const ended = changed();
  button('cancel')!.click();
  const { loop } = await ended;
  expect(loop).to.equal(null);
  expect(opened.open).to.equal(0);
  expect(meter.shadowRoot!.querySelector('notice-box')).to.equal(null);
});

it('says why the loop was refused or could not be measured', async () => {
  meter.openRig = () => Promise.reject(new Error('the microphone is gone'));
  const failed = changed();
  button('loop')!.click();
  await failed;
  await meter.updateComplete;
  expect(meter.shadowRoot!.querySelector('notice-box')!.text).to.equal('the microphone is gone.');
  expect(button('loop')!.disabled).to.equal(false);
});

it('has room for every time under the histogram, on a page of 320 px too', async () => {
  const histogram = document.createElement('latency-histogram');
  histogram.histogram = { binMs: 0.25, counts: new Uint32Array(65) };
  meter.replaceWith(histogram);
  for (const [width, texts] of [
    [248, ['0', '4', '8', '≥ 16 ms']],
    [640, ['0', '4', '8', '12', '≥ 16 ms']],
  ] as const) {
    histogram.style.width = `${width}px`;
    await histogram.updateComplete;
    const seen = [...histogram.shadowRoot!.querySelectorAll<HTMLElement>('.ticks span')].filter(
      ({ offsetWidth }) => offsetWidth > 0,
    );
    expect(seen.map(({ textContent }) => textContent)).to.deep.equal(texts);
    const boxes = seen.map((tick) => tick.getBoundingClientRect());
    boxes.slice(1).forEach(({ left }, n) => expect(left).to.be.greaterThan(boxes[n].right + 4));
  }
  histogram.remove();
});

it('exports what it measured as a file', async () => {
  await give();
  const measured = changed();
  button('node')!.click();
  await measured;
  await meter.updateComplete;
  const saved: { name: string; url: string }[] = [];
  const { click } = HTMLAnchorElement.prototype;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, url: this.href });
  };
  button('export')!.click();
  HTMLAnchorElement.prototype.click = click;
  expect(saved[0].name).to.match(/^latency-\d{4}-\d{2}-\d{2}T\d{6}\.json$/);
  const exported = (await (await fetch(saved[0].url)).json()) as LatencyReport;
  expect(exported).to.include({ format: 'crossmamba-latency', version: 1, crossOriginIsolated });
  expect(Object.keys(exported)).to.deep.equal([
    ...['format', 'version', 'createdAt', 'userAgent', 'cores', 'crossOriginIsolated'],
    ...['extractor', 'live', 'node', 'loop', 'verdict'],
  ]);
  expect(exported.node).to.deep.equal(meter.report.node);
  expect(new Date(exported.createdAt).getTime()).to.be.closeTo(Date.now(), 60_000);
});

it('speaks another language', async () => {
  meter.texts = { start: 'Los', verdict: 'Urteil', finding: ({ about }) => `Befund: ${about}` };
  await give();
  expect(button('run')!.textContent.trim()).to.equal('Los');
  const measured = changed();
  button('node')!.click();
  expect((await measured).verdict).to.deep.equal(['Befund: node']);
});
