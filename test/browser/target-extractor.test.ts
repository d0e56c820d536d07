// <target-extractor>: the real worker with a small model on the plain backend, the demonstration, the browser's fake microphone.
import { expect } from 'chai';
import type {} from 'mocha';
import '../../elements/target-extractor/target-extractor.ts';
import type { TargetExtractor } from '../../elements/target-extractor/target-extractor.ts';
import type { ClueEnroller } from '../../elements/clue-enroller/clue-enroller.ts';
import { ClueStore } from '../../src/clue-store.ts';
import type { LiveMonitor } from '../../elements/live-monitor/live-monitor.ts';
import { exportClue } from '../../src/clue-file.ts';
import { Extractor, type Clue } from '../../src/index.ts';
import { expectAccessible, find, focused, only, settled, textOf } from './dom.ts';
import { lastMicrophoneId, restoreAll, trackOf, watchMicrophones } from './fake/fake-devices.ts';
import { fakeExtractor, rejection, sleep, until } from './fake/fake-extractor.ts';

const MODEL = '/test/golden/small';
const DEMO = '/public/demo';

let element: TargetExtractor;
let main: HTMLElement;
let told: { name: string; detail: unknown }[];

const details = (name: string) => told.filter((event) => event.name === name).map(({ detail }) => detail);

function make(attributes: Readonly<Record<string, string>> = {}): TargetExtractor {
  const made = document.createElement('target-extractor');
  for (const [name, value] of Object.entries({
    model: MODEL,
    backend: 'reference',
    demo: DEMO,
    ...attributes,
  }))
    made.setAttribute(name, value);
  for (const name of ['ready', 'run-change', 'clue-change', 'error'])
    made.addEventListener(name, (event) => told.push({ name, detail: (event as CustomEvent).detail }));
  return made;
}

const isReady = () => until(() => element.load.phase === 'ready', 'the model');
const runs = () => until(() => element.monitor.state.run === 'running', 'a run');
const click = (selector: string) => only(element, selector).click();

const EMBEDDING = new Float32Array(256).fill(1, 3, 4);

/** The file of a voice that fits the model. */
function voiceFile({ report: { model, clueEncoder } }: Extractor): File {
  const take = { embedding: EMBEDDING, report: null };
  const createdAt = new Date(0).toISOString();
  const clue = { name: 'Ada', model, clueEncoder, ...take, takes: [take], createdAt };
  return new File([exportClue(clue)], 'ada.clue.json', { type: 'application/json' });
}

beforeEach(() => {
  told = [];
  main = document.createElement('main');
  document.body.append(main);
  element = make();
});

afterEach(async () => {
  await element.stop();
  main.remove();
  await sleep(50);
  // What was followed on the last visit is followed again.
  localStorage.clear();
  const store = await ClueStore.open();
  for (const { id } of await store.list()) await store.delete(id);
  store.close();
});

describe('target-extractor', () => {
  it('loads in the background and gives its extractor and its track', async () => {
    main.append(element);
    // No task in between, so the model cannot be there before this looks.
    await settled(element);
    expect(element.load.phase).to.equal('loading');
    expect(element.track).to.equal(null);
    await isReady();
    await until(() => details('ready').length === 1, 'the event');
    expect(element.extractor).to.be.instanceOf(Extractor);
    expect((details('ready')[0] as { extractor: Extractor }).extractor).to.equal(element.extractor);
    expect(element.track).to.equal(element.extractor!.track);
    expect(element.track!.kind).to.equal('audio');
    expect(element.extractor!.report.backend).to.equal('reference');
    await settled(element);
    await expectAccessible(element);
  });

  it('plays the demonstration after one click, also one that came before the model', async () => {
    main.append(element);
    await settled(element);
    click('#demo');
    await settled(element);
    if (element.load.phase === 'loading') expect(textOf(element)).to.include('Starts when the model is here');
    await runs();
    expect(element.monitor.state).to.include({ input: 'source', listen: true, error: null });
    await until(() => element.monitor.state.mixture.rmsDb > -60, 'sound');
    await settled(element);
    expect(textOf(element)).to.include('the demonstration’s voice');
    await expectAccessible(element);
    await element.stop();
    await until(() => details('run-change').length === 3, 'the events');
    expect(details('run-change')).to.deep.equal(
      ['starting', 'running', 'stopped'].map((state) => ({ state })),
    );
  });

  it('brings into view what the demonstration does, where a click has started it', async () => {
    main.append(element);
    await isReady();
    // As on a phone.
    element.renderRoot.querySelector<HTMLElement>('[part=live]')!.style.marginTop = '200vh';
    await settled(element);
    click('#demo');
    await runs();
    const top = () => element.renderRoot.querySelector('[part=live]')!.getBoundingClientRect().top;
    await until(() => top() < innerHeight / 2, 'the scroll');
    scrollTo(0, 0);
    await element.stop();
    await element.playDemo(); // by a script: the page decides what is seen
    await runs();
    expect(top()).to.be.greaterThan(innerHeight);
  });

  it('begins no demonstration that was overtaken while it was fetched', async () => {
    main.append(element);
    await isReady();
    await settled(element);
    await only<ClueEnroller>(element, 'clue-enroller').takeFile(voiceFile(element.extractor!));
    const late = element.playDemo();
    await element.stop();
    await late;
    await sleep(50);
    expect(element.monitor.state.run).to.equal('stopped');
    const first = element.playDemo();
    await Promise.all([first, element.playDemo()]);
    await settled(element);
    expect(element.monitor.state).to.include({ run: 'running', input: 'source' });
    expect(details('run-change').map((detail) => (detail as { state: string }).state)).to.deep.equal([
      'starting',
      'running',
    ]);
    const overtaken = element.playDemo();
    await element.start();
    await overtaken;
    await sleep(50);
    expect(element.monitor.state).to.include({ run: 'running', input: 'microphone' });
  });

  it('follows nobody after the demonstration where nobody is enrolled', async () => {
    main.append(element);
    await isReady();
    await settled(element);
    await element.playDemo();
    await runs();
    await element.stop();
    await until(() => !element.extractor!.hasClue, 'the demonstration’s voice to be forgotten');
    await element.start();
    expect(element.monitor.state.run).to.equal('stopped');
    expect(element.monitor.state.error?.message).to.include('no voice is enrolled');
  });

  it('enrolls with the microphone that was chosen', async () => {
    const deviceId = await lastMicrophoneId();
    const opened = watchMicrophones();
    main.append(element);
    await isReady();
    await settled(element);
    only<LiveMonitor>(element, 'live-monitor').dispatchEvent(
      new CustomEvent('device-change', { detail: { deviceId } }),
    );
    await settled(element);
    const enroller = only<ClueEnroller>(element, 'clue-enroller');
    await enroller.record();
    await until(() => opened.length === 1, 'the microphone');
    expect(opened[0].constraints.deviceId).to.deep.equal({ exact: deviceId });
    enroller.cancel();
    await until(() => trackOf(opened[0]).readyState === 'ended', 'the microphone to be closed');
    restoreAll();
  });

  it('refuses to start before it can', async () => {
    expect((await rejection(element.start())).message).to.include('outside of the document');
    await element.stop();
    main.append(element);
    expect((await rejection(element.start())).message).to.include('the model is not here yet');
    await isReady();
  });

  it('offers another engine where the one it made has died', async () => {
    const workers: Worker[] = [];
    const Original = globalThis.Worker;
    globalThis.Worker = class extends Original {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        workers.push(this);
      }
    };
    try {
      main.append(element);
      await isReady();
      await settled(element);
      await element.playDemo();
      await runs();
      workers[0].dispatchEvent(new ErrorEvent('error', { message: 'boom' }));
      await until(() => element.load.phase === 'lost', 'the end');
      await settled(element);
      expect(textOf(element)).to.include('The engine stopped working.').and.include('boom');
      expect(element.extractor).to.equal(null);
      expect(details('error')).to.have.length(1);
      await expectAccessible(element);
      click('#retry');
      await isReady();
      await settled(element);
      expect(details('ready')).to.have.length(2);
      await element.playDemo();
      await runs();
    } finally {
      globalThis.Worker = Original;
    }
  });

  it('takes slack and backend from its attributes', async () => {
    element.remove();
    element = make({ 'slack-ms': '32' });
    main.append(element);
    await isReady();
    const { latencySamples, context } = element.extractor!;
    const other = await fakeExtractor('', { slackMs: 8 });
    expect(latencySamples - other.latencySamples).to.be.closeTo(0.024 * context.sampleRate, 1);
    await other.dispose();
  });

  it('says why there is no model, and loads it at the second try', async () => {
    element = make({ model: '/test/nowhere' });
    main.append(element);
    await until(() => element.load.phase === 'failed', 'the failure');
    await until(() => details('error').length === 1, 'the event');
    await settled(element);
    expect(textOf(element)).to.include('The model could not be loaded.').and.to.include('config.json');
    expect(only<HTMLButtonElement>(element, '#demo').disabled).to.equal(true);
    await expectAccessible(element);
    element.model = MODEL;
    click('#retry');
    await isReady();
  });

  it('says why there is no demonstration', async () => {
    element = make({ demo: '/test/nowhere' });
    main.append(element);
    await isReady();
    await element.playDemo();
    await settled(element);
    expect(textOf(element)).to.include('No demonstration.').and.to.include('enrollment.wav');
    expect(element.monitor.state.run).to.equal('stopped');
  });

  it('has no demonstration where none is named', async () => {
    element.removeAttribute('demo');
    main.append(element);
    await settled(element);
    expect(find(element.shadowRoot!, '#demo')).to.deep.equal([]);
  });

  it('goes on when it is moved, and ends when it is taken away', async () => {
    main.append(element);
    await isReady();
    await element.playDemo();
    await runs();
    const { extractor, track } = element;
    const elsewhere = document.createElement('div');
    main.append(elsewhere);
    elsewhere.append(element);
    await settled(element);
    expect(element.extractor).to.equal(extractor);
    expect(extractor!.state).to.equal('running');
    element.remove();
    await until(() => extractor!.context.state === 'closed', 'the end');
    expect(track!.readyState).to.equal('ended');
    expect(element.extractor).to.equal(null);
    elsewhere.append(element);
    await isReady();
    expect(element.extractor).not.to.equal(extractor);
  });

  it('ends loading when it is taken away', async () => {
    main.append(element);
    await settled(element);
    expect(element.load.phase).to.equal('loading');
    element.remove();
    await sleep(0);
    expect(element.load.phase).to.equal('none');
    await sleep(1000);
    expect(element.extractor).to.equal(null);
    expect(told).to.deep.equal([]);
  });

  it('uses an extractor that it is given, and does not dispose of it', async () => {
    const given = await fakeExtractor('gain=1', { slackMs: 100 });
    element.extractor = given;
    main.append(element);
    await settled(element);
    expect(element.load.phase).to.equal('ready');
    expect(element.track).to.equal(given.track);
    element.remove();
    await sleep(100);
    expect(given.context.state).not.to.equal('closed');
    await given.dispose();
  });

  it('follows the voice that is chosen, and again after the demonstration', async () => {
    main.append(element);
    await isReady();
    await settled(element);
    const { clueEncoder } = element.extractor!.report;
    const clue = { name: 'Ada', embedding: EMBEDDING, clueEncoder, takes: [] };
    const clues: (Clue | Float32Array)[] = [];
    const { extractor } = element;
    const setClue = extractor!.setClue.bind(extractor);
    extractor!.setClue = (given) => {
      clues.push(given);
      return setClue(given);
    };
    only(element, 'clue-enroller').dispatchEvent(
      new CustomEvent('clue-change', {
        detail: { clue },
        bubbles: true,
        composed: true,
      }),
    );
    await settled(element);
    expect(only<HTMLButtonElement>(element, '#start').disabled).to.equal(false);
    expect(details('clue-change')).to.have.length(1);
    await element.playDemo();
    await runs();
    expect(clues).to.have.length(1);
    await element.stop();
    await until(() => clues.length === 2, 'the clue');
    expect(clues[1]).to.equal(clue);
  });

  it('has who goes unheard recorded once more, and leaves alone what is recorded already', async () => {
    main.append(element);
    await isReady();
    await settled(element);
    const enroller = only<ClueEnroller>(element, 'clue-enroller');
    const unheard = async () => {
      element.monitor.state = { ...element.monitor.state, isUnheard: true };
      await settled(element);
    };
    await unheard();
    expect(find(element.shadowRoot!, '#add-take'), 'while nobody is followed').to.deep.equal([]);
    await enroller.takeFile(voiceFile(element.extractor!));
    const { id } = enroller.clue!;
    await unheard();
    await expectAccessible(element);
    click('#add-take');
    await until(() => enroller.state.addsTo === id, 'the voice to be recorded');
    await until(() => focused()?.id === 'record', 'the keyboard at the button');
    enroller.state = { ...enroller.state, phase: 'waiting', addsTo: null };
    click('#add-take');
    await settled(element);
    expect(enroller.state, 'what is recorded already').to.include({ phase: 'waiting', addsTo: null });
  });

  it('keeps voices, and recordings where that is wanted, in the database of its own name', async () => {
    element = make({ store: 'of-its-own', 'keep-recordings': '' });
    main.append(element);
    await isReady();
    await settled(element);
    const enroller = only<ClueEnroller>(element, 'clue-enroller');
    await enroller.takeFile(new File([await (await fetch(`${DEMO}/enrollment.wav`)).blob()], 'ada.wav'));
    await until(() => enroller.state.phase === 'review', 'the recording');
    await enroller.save('Ada');
    const store = await ClueStore.open('of-its-own');
    const [kept] = await store.list();
    expect(kept?.name).to.equal('Ada');
    expect(await store.recordings(kept!.id)).to.have.length(1);
    await store.delete(kept!.id);
    store.close();
  });

  it('speaks other languages, inside too', async () => {
    element.texts = { liveHeading: 'Jetzt', demoPlay: 'Abspielen', monitor: { start: 'Los' } };
    main.append(element);
    await settled(element);
    expect(textOf(element)).to.include('Jetzt').and.to.include('Abspielen').and.to.include('Los');
  });

  it('can be restyled by custom properties and parts', async () => {
    const look = new CSSStyleSheet();
    look.replaceSync(`target-extractor { --crossmamba-accent: rgb(1, 2, 3); }
      target-extractor::part(start) { text-transform: uppercase; }
      target-extractor::part(live) { border-width: 7px; }`);
    document.adoptedStyleSheets = [look];
    main.append(element);
    await isReady();
    await settled(element);
    expect(getComputedStyle(only(element, '[part=start]')).textTransform).to.equal('uppercase');
    expect(getComputedStyle(only(element, '[part=live]')).borderTopWidth).to.equal('7px');
    element.monitor.voice = 'Ada';
    await settled(element);
    expect(getComputedStyle(only(element, '[part=start]')).backgroundColor).to.equal('rgb(1, 2, 3)');
    document.adoptedStyleSheets = [];
  });
});
