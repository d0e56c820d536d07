// The presentational elements: they show what they are given, ask for what people do, and can be used without a mouse or a screen.
import { sendKeys } from '@web/test-runner-commands';
import { expect } from 'chai';
import type {} from 'mocha';
import { COLOURS } from '../../components/spectrogram/colour-map.ts';
import { levelShare, levelText } from '../../components/readouts/level-meter.ts';
import '../../components/spectrogram/db-legend.ts';
import '../../components/readouts/figure-list.ts';
import '../../components/readouts/live-status.ts';
import '../../components/readouts/notice-box.ts';
import '../../components/controls/page-nav.ts';
import '../../components/controls/select-field.ts';
import type { SelectField } from '../../components/controls/select-field.ts';
import { SpectrogramPicture } from '../../components/spectrogram/spectrogram-picture.ts';
import '../../components/spectrogram/spectrogram-view.ts';
import '../../components/controls/strength-slider.ts';
import '../../components/controls/take-player.ts';
import '../../components/controls/toggle-switch.ts';
import { expectAccessible, frames, only, settled, textOf } from './dom.ts';
import { sleep, standsStill, until } from './fake/fake-extractor.ts';

/** Puts an element with these properties into the page. */
async function show<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
): Promise<HTMLElementTagNameMap[Tag]> {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  document.body.append(element);
  await settled(element as never);
  return element;
}

/** Notes the details of an element's events. */
function asked(element: EventTarget, name: string): unknown[] {
  const details: unknown[] = [];
  element.addEventListener(name, (event) => details.push((event as CustomEvent).detail));
  return details;
}

afterEach(() => document.body.replaceChildren());

describe('every presentational element', () => {
  it('breaks no accessibility rule', async () => {
    await show('page-nav', { current: 'app' });
    await show('live-status', { tone: 'bad', text: 'Stalled' });
    await show('level-meter', { label: 'In', rmsDb: -20, peakDb: 0 });
    await show('toggle-switch', { label: 'Bypass', hint: 'All passes', checked: true });
    await show('strength-slider', { label: 'Strength', limitDb: 12 });
    await show('select-field', {
      label: 'Choice',
      value: 'a',
      options: [{ value: 'a', name: 'A' }],
      hint: 'Why',
    });
    await show('figure-list', { figures: [{ name: 'Missed', value: '3', note: 'ms', isWorrying: true }] });
    await show('notice-box', { kind: 'error', heading: 'Broken.', text: 'Mend it.' });
    await show('spectrogram-view', { label: 'What goes in' });
    await show('db-legend');
    const main = document.createElement('main');
    main.append(...document.querySelectorAll('body > :not(page-nav)'));
    document.body.append(main);
    await expectAccessible(document.body);
  });
});

describe('page-nav', () => {
  it('leads to the four pages and says which one this is', async () => {
    const nav = await show('page-nav', { current: 'embed' });
    const links = [...nav.shadowRoot!.querySelectorAll('nav a')];
    expect(links.map((link) => link.textContent)).to.deep.equal(['App', 'Embed', 'Latency', 'Files']);
    expect(links.map((link) => link.getAttribute('aria-current'))).to.deep.equal([null, 'page', null, null]);
  });
});

describe('level-meter', () => {
  it('fills from −60 to 0 dBFS', () => {
    expect([-Infinity, -60, -30, 0, 6].map(levelShare)).to.deep.equal([0, 0, 0.5, 1, 1]);
    expect([-Infinity, -60, -12.4, 0].map((levelDb) => levelText(levelDb))).to.deep.equal([
      'silent',
      'silent',
      '−12 dB',
      '0 dB',
    ]);
  });

  it('tells screen readers the level, and that it clips', async () => {
    const meter = await show('level-meter', { label: 'In' });
    const track = only(meter, '[role=meter]');
    expect(track.getAttribute('aria-valuetext')).to.equal('silent');
    expect(track.getAttribute('aria-valuenow')).to.equal('-60');
    Object.assign(meter, { rmsDb: -6.2, peakDb: 0 });
    await meter.updateComplete;
    expect(track.getAttribute('aria-valuetext')).to.equal('−6 dB, clipped');
    Object.assign(meter, { silent: 'still', clipped: 'übersteuert' });
    await meter.updateComplete;
    expect(track.getAttribute('aria-valuetext')).to.equal('−6 dB, übersteuert');
    expect(track.getAttribute('aria-valuenow')).to.equal('-6');
  });
});

describe('strength-slider', () => {
  it('goes in steps of 1 dB, and from the last one to all of it', async () => {
    const slider = await show('strength-slider', { valueText: (limitDb) => `limit ${limitDb}` });
    const limits = asked(slider, 'limit-request');
    const input = only<HTMLInputElement>(slider, 'input');
    expect(input.getAttribute('aria-valuetext')).to.equal('limit Infinity');
    expect(input.value).to.equal(input.max);
    for (const value of ['0', '18', '30', '31']) {
      input.value = value;
      input.dispatchEvent(new Event('input'));
    }
    expect(limits).to.deep.equal([0, 18, 30, Infinity]);
    slider.limitDb = 18;
    await slider.updateComplete;
    expect(input.getAttribute('aria-valuetext')).to.equal('limit 18');
    expect(textOf(slider)).to.include('limit 18');
  });
});

describe('toggle-switch', () => {
  it('asks, and shows only what it is told', async () => {
    const toggle = await show('toggle-switch', { label: 'Bypass' });
    const wishes = asked(toggle, 'toggle-request');
    const button = only(toggle, 'button');
    button.click();
    expect(wishes).to.deep.equal([true]);
    expect(button.getAttribute('aria-checked')).to.equal('false');
    toggle.checked = true;
    await toggle.updateComplete;
    expect(button.getAttribute('aria-checked')).to.equal('true');
    button.click();
    expect(wishes).to.deep.equal([true, false]);
  });
});

describe('select-field', () => {
  it('asks, and shows what is so where the wish was refused', async () => {
    const options = ['auto', 'webgpu', 'wasm'].map((value) => ({ value, name: value }));
    const field: SelectField = await show('select-field', { options, value: 'auto' });
    const wishes = asked(field, 'select-request');
    const list = only<HTMLSelectElement>(field, 'select');
    expect(list.value).to.equal('auto');
    list.value = 'wasm';
    list.dispatchEvent(new Event('change'));
    expect(wishes).to.deep.equal(['wasm']);
    field.hint = 'Could not be had';
    await field.updateComplete;
    expect(list.value).to.equal('auto');
  });

  it('stays as it is while it is busy, and with the keyboard', async () => {
    const options = ['auto', 'wasm'].map((value) => ({ value, name: value }));
    const field = await show('select-field', { options, value: 'auto' });
    const wishes = asked(field, 'select-request');
    const list = only<HTMLSelectElement>(field, 'select');
    list.focus();
    field.busy = true;
    await field.updateComplete;
    list.value = 'wasm';
    list.dispatchEvent(new Event('change'));
    await field.updateComplete;
    await sendKeys({ press: 'ArrowDown' });
    await frames();
    expect(list.value).to.equal('auto');
    expect(wishes).to.deep.equal([]);
    expect(list.matches(':focus')).to.equal(true);
    field.busy = false;
    await field.updateComplete;
    await sendKeys({ press: 'ArrowDown' });
    expect(wishes).to.deep.equal(['wasm']);
  });

  it('shows a choice that came before the options', async () => {
    const field = await show('select-field', { value: 'b' });
    field.options = [
      { value: 'a', name: 'A' },
      { value: 'b', name: 'B' },
    ];
    await field.updateComplete;
    expect(only<HTMLSelectElement>(field, 'select').value).to.equal('b');
  });
});

describe('live-status', () => {
  it('is one sentence that screen readers are told', async () => {
    const status = await show('live-status', { tone: 'good', text: 'On.' });
    expect(only(status, '[role=status]').textContent).to.equal('On.');
    expect(only(status, '.lamp').className).to.equal('lamp good');
  });
});

describe('take-player', () => {
  it('offers both files of a recording', async () => {
    const player = await show('take-player', {
      take: {
        inputUrl: 'data:,',
        outputUrl: 'data:,',
        seconds: 6,
        rateHz: 48000,
        latencySamples: 1200,
        runStart: 0,
        lostSamples: 0,
      },
    });
    const names = [...player.shadowRoot!.querySelectorAll('a')].map((link) => link.getAttribute('download'));
    expect(names).to.deep.equal(['crossmamba-input.wav', 'crossmamba-output.wav']);
    expect(textOf(player)).to.include('1200 samples of delay');
    await expectAccessible(player);
  });
});

describe('spectrogram', () => {
  /** Black to white. */
  const greys = Uint32Array.from({ length: COLOURS }, (_, n) => (255 << 24) | (n << 16) | (n << 8) | n);
  const canvas = (columns: number, rows: number) => {
    const context = Object.assign(document.createElement('canvas'), {
      width: columns,
      height: rows,
    }).getContext('2d', { alpha: false })!;
    return {
      context,
      row: () => [...context.getImageData(0, 0, columns, 1).data].filter((_, n) => n % 4 === 0),
    };
  };

  it('scrolls: the newest column is at the right edge', () => {
    const picture = new SpectrogramPicture(4, 2, greys);
    const { context, row } = canvas(4, 2);
    for (const level of [10, 20, 30, 40, 50, 60]) picture.push(new Uint8Array(2).fill(level));
    picture.show(context, false);
    expect(row()).to.deep.equal([30, 40, 50, 60]);
  });

  it('stays in place where motion is unwelcome: the newest overwrite the oldest', () => {
    const picture = new SpectrogramPicture(6, 2, greys);
    const { context, row } = canvas(6, 2);
    context.fillStyle = '#fff';
    for (const level of [10, 20, 30, 40, 50, 60, 70]) picture.push(new Uint8Array(2).fill(level));
    picture.show(context, true);
    expect(row()).to.deep.equal([70, 255, 255, 40, 50, 60]);
  });

  it('keeps what it showed when the colours change', () => {
    const picture = new SpectrogramPicture(3, 1, greys);
    const { context, row } = canvas(3, 1);
    for (const level of [10, 20, 30]) picture.push(new Uint8Array(1).fill(level));
    picture.repaint(greys.map((_, n) => greys[COLOURS - 1 - n]));
    picture.show(context, false);
    expect(row()).to.deep.equal([245, 235, 225]);
  });

  it('reads spectra only while it runs and can be seen', async () => {
    let reads = 0;
    const source = {
      rateHz: 48000,
      bins: 1024,
      read(intoDb: Float32Array) {
        reads++;
        intoDb.fill(-40);
      },
    };
    const view = await show('spectrogram-view', { source });
    await sleep(100);
    expect(reads).to.equal(0);
    view.active = true;
    await until(() => reads > 3, 'frames');
    view.style.marginTop = '5000px';
    await until(() => view.getBoundingClientRect().top > innerHeight, 'the scroll');
    await standsStill(() => reads, 'reading out of sight');
    const before = reads;
    view.style.marginTop = '0';
    await until(() => reads > before, 'frames again');
    view.active = false;
    await standsStill(() => reads, 'reading after the end');
  });
});
