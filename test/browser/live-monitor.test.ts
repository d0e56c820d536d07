// <live-monitor> on a real extractor with a fake network, the browser's fake microphone and real sound.
import { sendKeys } from '@web/test-runner-commands';
import { expect } from 'chai';
import type {} from 'mocha';
import type { Take } from '../../components/controls/take-player.ts';
import type { SpectrogramView } from '../../components/spectrogram/spectrogram-view.ts';
import '../../elements/live-monitor/live-monitor.ts';
import type { LiveMonitor } from '../../elements/live-monitor/live-monitor.ts';
import type { LiveSource } from '../../elements/live-monitor/source.ts';
import { BlockRecorder } from '../../src/block-recorder.ts';
import { InputError, type BackendChoice, type Extractor, type ExtractorOptions } from '../../src/index.ts';
import { readWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import { expectAccessible, find, frames, only, settled, textOf } from './dom.ts';
import {
  lastMicrophoneId,
  replace,
  restoreAll,
  trackOf,
  unplug,
  watchMicrophones,
} from './fake/fake-devices.ts';
import { fakeExtractor, rejection, sleep, until } from './fake/fake-extractor.ts';

let extractor: Extractor | undefined;
let monitor: LiveMonitor;
let runs: string[];
/** Ends the wait of the gate. */
let open: () => void;

/** A tone that plays, at `peak`. */
const tone = (peak = 0.3): LiveSource => ({
  voice: 'the tone',
  async open(context) {
    const gain = new GainNode(context, { gain: peak });
    const oscillator = new OscillatorNode(context, { frequency: 700 });
    oscillator.connect(gain);
    return { node: gain, begin: () => oscillator.start(), close: () => oscillator.stop() };
  },
});

/** A tone that comes and goes once a second, as words do. */
const words = (): LiveSource => ({
  ...tone(),
  async open(context) {
    const sound = await tone().open(context);
    const gate = new GainNode(context, { gain: 0.5 });
    const pulse = new OscillatorNode(context, { frequency: 1 });
    pulse.connect(new GainNode(context, { gain: 0.5 })).connect(gate.gain);
    sound.node.connect(gate);
    pulse.start();
    return { ...sound, node: gate };
  },
});

async function show(query = 'gain=1', options: Partial<ExtractorOptions> = {}): Promise<Extractor> {
  extractor = await fakeExtractor(query, { slackMs: 100, ...options });
  monitor.extractor = extractor;
  monitor.voice = 'Ada';
  await settled(monitor);
  return extractor;
}

const is = (status: string) =>
  until(() => monitor.state.status === status, `status ${status}, got ${monitor.state.status}`);
const button = () => only<HTMLButtonElement>(monitor, '[part=start]');

const gate = () => new Promise<void>((resolve) => (open = resolve));

/** What went in and what came out. */
const filesOf = ({ inputUrl, outputUrl }: Take) =>
  Promise.all(
    [inputUrl, outputUrl].map(async (url) => {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      return readWav(bytes, url).channels[0];
    }),
  );

/** How far apart both are, shortly before the end. */
function worstOf(input: Float32Array, output: Float32Array): number {
  let worst = 0;
  for (let n = input.length - 8000; n < input.length - 3000; n++)
    worst = Math.max(worst, Math.abs(input[n] - output[n]));
  return worst;
}

/** Moves a switch as a click does. */
const flip = (id: string) => only(only(monitor, `#${id}`), 'button').click();

beforeEach(async () => {
  runs = [];
  open = () => {};
  monitor = document.createElement('live-monitor');
  monitor.addEventListener('run-change', (event) =>
    runs.push((event as CustomEvent<{ state: string }>).detail.state),
  );
  const main = document.createElement('main');
  main.append(monitor);
  document.body.append(main);
  await settled(monitor);
});

afterEach(async () => {
  open();
  restoreAll();
  await monitor.stop();
  document.body.replaceChildren();
  await extractor?.dispose();
  extractor = undefined;
});

/** As when another program holds the device: the extractor would bring its context back before anybody saw it. Returns what lets it. */
async function suspendForGood(context: AudioContext): Promise<() => void> {
  context.resume = () => new Promise(() => {});
  await context.suspend();
  return () => {
    // The prototype's again.
    delete (context as Partial<AudioContext>).resume;
  };
}

describe('live-monitor', () => {
  it('can be used and heard by everybody, in every state', async () => {
    await expectAccessible(monitor);
    await show();
    await expectAccessible(monitor);
    await monitor.start(tone());
    await is('on');
    await expectAccessible(monitor);
    flip('bypass');
    await is('bypassed');
    await expectAccessible(monitor);
    await suspendForGood(extractor!.context);
    await is('paused');
    await expectAccessible(monitor);
  });

  it('cannot start without an extractor or a voice, and says which is missing', async () => {
    expect(button().disabled).to.equal(true);
    expect(textOf(monitor)).to.include('The model is not loaded yet.');
    await show();
    expect(button().disabled).to.equal(false);
    monitor.voice = null;
    await settled(monitor);
    expect(button().disabled).to.equal(true);
    expect(textOf(monitor)).to.include('Enroll a voice first.');
  });

  it('starts with the microphone, silent in the loudspeakers, shows levels and figures, and stops', async () => {
    await show();
    button().click();
    await is('on');
    expect(textOf(monitor))
      .to.include('On: only Ada passes.')
      .and.not.to.match(/false|null|undefined/);
    expect(monitor.state.listen).to.equal(false);
    await until(() => monitor.state.mixture.rmsDb > -60 && monitor.state.estimate.rmsDb > -60, 'levels');
    await until(() => monitor.state.stats !== null, 'figures');
    await settled(monitor);
    expect(textOf(monitor)).to.include(`${extractor!.latencyMs.toFixed(1)} ms`);
    const options = find(monitor.shadowRoot!, '#microphone').flatMap((field) =>
      find(field.shadowRoot!, 'option'),
    );
    expect(options.length).to.be.greaterThan(1);
    button().click();
    await is('off');
    expect(extractor!.state).to.equal('stopped');
    await until(() => runs.length === 3, 'events');
    expect(runs).to.deep.equal(['starting', 'running', 'stopped']);
  });

  it('keeps the keyboard on the button that starts and stops, which does nothing meanwhile', async () => {
    await show();
    const opened = watchMicrophones(gate);
    button().focus();
    await sendKeys({ press: 'Enter' });
    await until(() => monitor.state.run === 'starting', 'the start');
    await frames();
    expect(button().matches(':focus')).to.equal(true);
    expect(button().ariaDisabled).to.equal('true');
    await expectAccessible(monitor);
    await sendKeys({ press: 'Enter' });
    open();
    await is('on');
    await frames();
    expect(button().matches(':focus')).to.equal(true);
    expect(opened).to.have.length(1);
    await sendKeys({ press: 'Enter' });
    await is('off');
    await frames();
    expect(button().matches(':focus')).to.equal(true);
    await until(() => runs.length === 3, 'events');
  });

  it('lets go of a question for the microphone that nobody answers', async () => {
    await show();
    watchMicrophones(gate);
    button().click();
    await until(() => button().textContent.trim() === 'Cancel', 'the way out');
    expect(monitor.state.run).to.equal('starting');
    button().click();
    await is('off');
    await settled(monitor);
    expect(button().textContent.trim()).to.equal('Start');
    expect(monitor.state.error).to.equal(null);
    expect(find(monitor.shadowRoot!, 'notice-box')).to.have.length(0);
    open();
    await sleep(50);
    expect(extractor!.state).to.equal('stopped');
  });

  it('plays another source although the microphone was asked for and nobody has answered', async () => {
    await show();
    watchMicrophones(gate);
    const waits = monitor.start();
    await until(() => monitor.state.run === 'starting', 'the start');
    await monitor.start(tone());
    await waits;
    expect(monitor.state).to.include({ run: 'running', input: 'source', error: null });
    open();
  });

  it('ends although the engine does not answer any more, or is busy with another backend', async () => {
    await show();
    await monitor.start(tone());
    await is('on');
    const { stats } = extractor!;
    extractor!.stats = () => new Promise(() => {});
    await monitor.stop();
    expect(extractor!.state).to.equal('stopped');
    extractor!.stats = stats;
    await monitor.start(tone());
    await is('on');
    let switched = () => {};
    extractor!.setBackend = () => new Promise((resolve) => (switched = () => resolve(extractor!.report)));
    const list = only(monitor, '#backend');
    list.dispatchEvent(new CustomEvent('select-request', { detail: 'reference' }));
    await until(() => monitor.state.switching, 'the change');
    const stopped = monitor.stop();
    await until(() => extractor!.state === 'stopped', 'the end');
    expect(monitor.state.switching).to.equal(true);
    switched();
    await stopped;
    await is('off');
  });

  it('keeps the keyboard on the list of microphones, which shows what is chosen while it starts', async () => {
    await show();
    await monitor.start();
    await is('on');
    await settled(monitor);
    watchMicrophones(gate);
    const list = only<HTMLSelectElement>(only(monitor, '#microphone'), 'select');
    const [before, wanted] = [...list.options].map(({ value }) => value);
    const choose = (value: string) => {
      list.value = value;
      list.dispatchEvent(new Event('change'));
    };
    list.focus();
    choose(wanted);
    await until(() => monitor.state.run === 'starting', 'the start');
    await frames();
    expect(list.matches(':focus')).to.equal(true);
    expect(list.ariaDisabled).to.equal('true');
    choose(before);
    await sendKeys({ press: 'ArrowUp' });
    await settled(monitor);
    expect(list.value).to.equal(wanted);
    open();
    await is('on');
    expect(monitor.state.deviceId).to.equal(wanted);
    expect(list.matches(':focus')).to.equal(true);
  });

  it('plays another source aloud; the microphone after it is silent again', async () => {
    await show();
    await monitor.start(tone());
    await is('on');
    expect(monitor.state.listen).to.equal(true);
    expect(textOf(monitor)).to.include('only the tone passes');
    await monitor.start();
    await is('on');
    expect(monitor.state.listen).to.equal(false);
    await settled(monitor);
    expect(textOf(monitor)).to.include('howl');
    flip('monitor');
    expect(monitor.state.listen).to.equal(true);
    await monitor.stop();
    expect(monitor.state.listen, 'after the run').to.equal(false);
    flip('monitor');
    await monitor.start();
    expect(monitor.state.listen, 'asked for before the start').to.equal(true);
    await monitor.stop();
  });

  it('keeps the microphone that was chosen when another extractor comes', async () => {
    await show();
    const deviceId = await lastMicrophoneId();
    only(monitor, '#microphone').dispatchEvent(new CustomEvent('select-request', { detail: deviceId }));
    expect(monitor.state.deviceId).to.equal(deviceId);
    await extractor!.dispose();
    await show();
    expect(monitor.state.deviceId).to.equal(deviceId);
  });

  it('says whether the voice speaks, where that can be judged', async () => {
    await show('gain=0.8');
    await monitor.start(tone());
    await until(() => monitor.state.speaks === true, 'the voice');
    await settled(monitor);
    expect(textOf(monitor)).to.include('The voice speaks');
    flip('bypass');
    await until(() => monitor.state.speaks === null, 'no judgement');
    await monitor.stop();
    await extractor!.dispose();
    await show('gain=0.05');
    await monitor.start(tone());
    await until(() => monitor.state.estimate.rmsDb > -60, 'sound');
    await until(() => monitor.state.speaks === false, 'no voice');
  });

  it('asks whose speech it is where none of it passes, and no more where all does', async () => {
    await show('gain=0&similarity=0.85');
    expect(await extractor!.speakerSimilarity(), 'before anything was heard').to.equal(null);
    await monitor.start(words());
    await until(() => monitor.state.isUnheard, 'the question');
    expect(await extractor!.speakerSimilarity()).to.be.closeTo(0.85, 1e-6);
    await settled(monitor);
    const asked = find(monitor.shadowRoot!, 'notice-box').map(textOf).join();
    expect(asked).to.include('yet sounds like the tone. If that is who speaks, add a recording');
    await expectAccessible(monitor);
    flip('bypass');
    await until(() => !monitor.state.isUnheard, 'nothing to ask while all passes');
    flip('bypass');
    await monitor.stop();
    expect(monitor.state.isUnheard).to.equal(false);
  });

  it('asks nothing of who listens to people who sound otherwise', async () => {
    await show('gain=0&similarity=0.75');
    let questions = 0;
    const { speakerSimilarity } = extractor!;
    extractor!.speakerSimilarity = () => {
      questions++;
      return speakerSimilarity.call(extractor);
    };
    await monitor.start(words());
    await until(() => questions === 2, 'a second look');
    expect(monitor.state.isUnheard).to.equal(false);
  });

  it('takes away as much as the slider says, and says so', async () => {
    await show('gain=0');
    await monitor.start(tone());
    await is('on');
    const slider = only(monitor, 'strength-slider');
    const input = only<HTMLInputElement>(slider, 'input');
    input.value = '12';
    input.dispatchEvent(new Event('input'));
    await is('weak');
    expect(extractor!.attenuationLimitDb).to.be.closeTo(12, 1e-9);
    await until(
      () => Math.abs(monitor.state.mixture.rmsDb - monitor.state.estimate.rmsDb - 12) < 0.5,
      'a level 12 dB lower',
    );
    await settled(monitor);
    expect(textOf(monitor)).to.include('others 12 dB quieter');
    input.value = '0';
    input.dispatchEvent(new Event('input'));
    await is('bypassed');
    input.value = input.max;
    input.dispatchEvent(new Event('input'));
    await is('on');
    expect(extractor!.strength).to.equal(1);
  });

  it('draws both spectrograms while it runs, and keeps them when it stops', async () => {
    await show();
    monitor.scrollIntoView();
    const views = find(monitor.shadowRoot!, 'spectrogram-view') as SpectrogramView[];
    const pictures = () =>
      views.map((view) => {
        const canvas = only<HTMLCanvasElement>(view, 'canvas');
        return [...canvas.getContext('2d')!.getImageData(canvas.width - 1, 0, 1, canvas.height).data].join();
      });
    const empty = pictures();
    await monitor.start(tone());
    await is('on');
    await until(() => pictures().every((picture, n) => picture !== empty[n]), 'pictures');
    await monitor.stop();
    await settled(monitor);
    const kept = pictures();
    await sleep(100);
    expect(pictures()).to.deep.equal(kept);
  });

  it('never shows "on" while nothing is extracted: context suspended, and resumed by its button', async () => {
    await show();
    await monitor.start(tone());
    await is('on');
    const letResume = await suspendForGood(extractor!.context);
    await is('paused');
    await settled(monitor);
    letResume();
    find(monitor.shadowRoot!, 'button')
      .find(({ textContent }) => /Resume/.test(textContent!))!
      .click();
    await is('on');
  });

  it('never shows "on" while nothing is extracted: the input is muted', async () => {
    await show();
    await monitor.start(tone(0));
    await is('silent');
  });

  it('never shows "on" while nothing is extracted: the engine stands still', async () => {
    await show('stallAtHop=200&stallMs=6000');
    await monitor.start(tone());
    await is('stalled');
  });

  it('says that the machine does not keep up', async () => {
    await show('gain=1', { slackMs: 0 });
    await monitor.start(tone());
    await is('late');
    await until(() => (monitor.state.stats?.missedDeadlines ?? 0) > 0, 'missed deadlines');
  });

  it('stops with the reason when the engine fails, and starts again', async () => {
    await show('failAtHop=100');
    await monitor.start(tone());
    await until(() => monitor.state.error !== null, 'an error');
    await is('off');
    await settled(monitor);
    expect(textOf(monitor)).to.include('failed on purpose');
    await monitor.start(tone());
    await is('on');
    expect(monitor.state.error).to.equal(null);
  });

  it('starts what was given in the same breath, and refuses where there is nothing to start', async () => {
    expect((await rejection(monitor.start())).message).to.include('no extractor yet');
    extractor = await fakeExtractor('gain=1', { slackMs: 100 });
    monitor.extractor = extractor;
    await monitor.start(tone());
    await is('on');
    const first = extractor;
    const second = await fakeExtractor('gain=1', { slackMs: 100 });
    await first.stop();
    monitor.extractor = second;
    await monitor.start(tone());
    await is('on');
    expect([first.state, second.state]).to.deep.equal(['stopped', 'running']);
    await monitor.stop();
    await second.dispose();
    expect((await rejection(document.createElement('live-monitor').start())).message).to.include('outside');
  });

  for (const [what, end] of [
    ['stopped', () => monitor.stop()],
    ['removed', async () => monitor.remove()],
  ] as const)
    it(`leaves a source alone that comes after it was ${what}`, async () => {
      const made = await show();
      const opened = gate();
      const closed: string[] = [];
      let [begun, signal]: [boolean, AbortSignal | undefined] = [false, undefined];
      const slow: LiveSource = {
        voice: 'the tone',
        async open(context, aborted) {
          signal = aborted;
          await opened;
          const node = new GainNode(context);
          return { node, begin: () => void (begun = true), close: () => closed.push('closed') };
        },
      };
      const starting = monitor.start(slow);
      await until(() => monitor.state.run === 'starting', 'the start');
      await until(() => signal !== undefined, 'the source to be asked');
      await end();
      if (what === 'stopped') {
        expect(monitor.state.run, 'without waiting for the source').to.equal('stopped');
        expect(monitor.state.error).to.equal(null);
      } else await sleep(0);
      expect(signal!.aborted).to.equal(true);
      open();
      await starting;
      await until(() => closed.length === 1, 'the source to be closed');
      expect(begun).to.equal(false);
      expect(made.state).to.equal('stopped');
    });

  it('closes the microphone though the recording ends badly', async () => {
    await show();
    flip('recording');
    const opened = watchMicrophones();
    await monitor.start();
    await is('on');
    replace(BlockRecorder.prototype, 'finish', () => Promise.reject(new Error('no memory')));
    await monitor.stop();
    expect(monitor.state.error?.message).to.equal('no memory');
    expect(monitor.state.run).to.equal('stopped');
    expect(trackOf(opened[0]).readyState).to.equal('ended');
  });

  it('ends what was stopped in the same breath, or in the middle of another wish, also where it is removed then', async () => {
    const made = await show();
    const opened = watchMicrophones();
    const starting = monitor.start();
    await monitor.stop();
    await starting;
    expect(opened).to.have.length(0);
    await monitor.start();
    await is('on');
    const { stop } = made;
    const held = gate();
    made.stop = async () => {
      await held;
      await stop.call(made);
    };
    only<LiveMonitor>(monitor, '#microphone').dispatchEvent(
      new CustomEvent('select-request', { detail: '', bubbles: true, composed: true }),
    );
    const stopped = monitor.stop();
    monitor.remove();
    await sleep(20);
    open();
    await stopped;
    await until(() => made.state === 'stopped', 'the end');
    await sleep(200);
    expect(made.state).to.equal('stopped');
    expect(opened.every((one) => trackOf(one).readyState === 'ended')).to.equal(true);
  });

  it('shows the refusal of a microphone', async () => {
    await show();
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia;
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    await monitor.start();
    mediaDevices.getUserMedia = original;
    await settled(monitor);
    expect(monitor.state).to.include({ run: 'stopped', status: 'off' });
    expect(textOf(monitor)).to.include('permission was denied');
  });

  it('keeps what goes in and what comes out, aligned', async () => {
    await show();
    flip('recording');
    await monitor.start(tone());
    await is('on');
    await until(() => (monitor.state.stats?.hops ?? 0) > 100, 'sound');
    const { missedSamples } = await extractor!.stats();
    await monitor.stop();
    const { take, recording } = monitor.state;
    expect(recording).to.equal(false);
    expect(take!.runStart).to.be.at.least(0);
    const [input, output] = await filesOf(take!);
    expect(input.length).to.equal(output.length);
    expect(Math.max(...input.subarray(-8000))).to.be.closeTo(0.3, 0.01);
    if (missedSamples === 0) expect(worstOf(input, output)).to.be.lessThan(0.01);
    else report(`${missedSamples} samples were missed on this machine: input and output were not compared`);
    await settled(monitor);
    expect(find(monitor.shadowRoot!, 'a[download]')).to.have.length(2);
  });

  it('says that the delay grew, and keeps a recording aligned all the same', async function () {
    // By a slack of its own choice; each stall is longer than that can be, and the last comes soon.
    await show('gain=1&stallEvery=31&stallMs=90&stallUntil=450', { slackMs: undefined });
    flip('recording');
    await monitor.start(tone());
    if (extractor!.latencyMs > 80) this.skip(); // a machine so busy that it began with all the slack that there is
    await until(() => monitor.state.latencyChange !== null, 'more slack');
    await settled(monitor);
    expect(textOf(monitor)).to.match(/Parts were missing, so the delay is [\d.]+ ms from now on: /);
    await until(() => (monitor.state.stats?.hops ?? 0) > 650, 'the last stall');
    const { missedSamples } = await extractor!.stats();
    await until(() => (monitor.state.stats?.hops ?? 0) > 900, 'sound');
    const wasWhole = (await extractor!.stats()).missedSamples === missedSamples;
    await monitor.stop();
    expect(monitor.state.latencyChange).to.equal(null);
    const [input, output] = await filesOf(monitor.state.take!);
    expect(input.length).to.equal(output.length);
    if (wasWhole) expect(worstOf(input, output)).to.be.lessThan(0.01);
    else report('samples were missed on this machine: input and output were not compared');
  });

  it('switches the backend while it runs', async () => {
    await show();
    await monitor.start(tone());
    await is('on');
    const list = only<HTMLSelectElement>(only(monitor, '#backend'), 'select');
    const { setBackend } = extractor!;
    replace(extractor!, 'setBackend', async (name: BackendChoice) => {
      await gate();
      await setBackend.call(extractor, name);
    });
    list.focus();
    list.value = 'wasm';
    list.dispatchEvent(new Event('change'));
    await until(() => monitor.state.switching, 'the wish');
    await frames();
    expect(list.matches(':focus')).to.equal(true);
    expect(list.ariaDisabled).to.equal('true');
    open();
    await until(() => monitor.state.backend === 'wasm' && !monitor.state.switching, 'the other backend');
    expect(monitor.state.error).to.equal(null);
    expect(extractor!.report.backend).to.equal('wasm');
    expect(list.matches(':focus')).to.equal(true);
    expect(monitor.state.run).to.equal('running');
  });

  it('says when another backend has taken over, is not to be had, or another microphone is open', async () => {
    const shown = await show('gain=1&loseAtHop=200');
    const opened = watchMicrophones();
    await monitor.start();
    await is('on');
    const says = (text: string) => until(() => textOf(monitor).includes(text), text);
    await says('Another backend computes from now on:');
    expect(textOf(monitor)).not.to.include('The microphone is now');
    replace(shown, 'setBackend', () => Promise.reject(new InputError('no such device', { where: 'test' })));
    const list = only<HTMLSelectElement>(only(monitor, '#backend'), 'select');
    list.value = 'webgpu';
    list.dispatchEvent(new Event('change'));
    await says('Not switched.');
    expect(textOf(monitor)).to.include('no such device');
    expect(shown.report.backend).to.equal('wasm');
    unplug(trackOf(opened[0]));
    await says('The microphone is now');
    await expectAccessible(monitor);
    expect(shown.state).to.equal('running');
  });

  it('shows what others do with the extractor', async () => {
    const shown = await show();
    const source = new ConstantSourceNode(shown.context, { offset: 0.1 });
    source.start();
    await shown.start(source);
    await is('on');
    shown.bypass = true;
    await is('bypassed');
    await settled(monitor);
    expect(only(only(monitor, '#bypass'), 'button').getAttribute('aria-checked')).to.equal('true');
    await shown.stop();
    await is('off');
  });

  it('can be moved while it runs; when it is taken away, the extractor goes on', async () => {
    await show();
    await monitor.start();
    await is('on');
    const elsewhere = document.createElement('div');
    document.body.append(elsewhere);
    elsewhere.append(monitor);
    await settled(monitor);
    expect(monitor.state.status).to.equal('on');
    monitor.remove();
    await sleep(50);
    expect(extractor!.state).to.equal('running');
    elsewhere.append(monitor);
    await settled(monitor);
    await is('on');
  });

  it('speaks other languages', async () => {
    monitor.texts = { start: 'Los', noExtractorStatus: 'Noch kein Modell.', limit: () => 'ganz weg' };
    await settled(monitor);
    expect(button().textContent!.trim()).to.equal('Los');
    expect(textOf(monitor)).to.include('Noch kein Modell.').and.to.include('ganz weg');
    expect(textOf(monitor)).to.include('Bypass');
  });

  it('can be reached from the keyboard: every control', async () => {
    await show();
    const controls = find(monitor.shadowRoot!, 'button, input, select');
    expect(controls.length).to.be.at.least(7);
    for (const control of controls) {
      control.focus();
      expect(control.matches(':focus'), control.outerHTML).to.equal(true);
    }
  });
});
