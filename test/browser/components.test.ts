// The page's elements: they show what they are given, ask for what people do, and can be used without a mouse or a screen.
import 'axe-core';
import { expect } from 'chai';
import type {} from 'mocha';
import type { AxeResults } from 'axe-core';
import { INITIAL_STATE, NO_ENROLLMENT, NO_STATS, SILENCE } from '../../components/app-state.ts';
import type { AppState } from '../../components/app-state.ts';
import { levelShare, levelText } from '../../components/level-meter.ts';
import type { ExtractorApp } from '../../components/extractor-app.ts';
import '../../components/extractor-app.ts';

const axe = (globalThis as unknown as { axe: { run(root: Element): Promise<AxeResults> } }).axe;

const READY: AppState = { ...INITIAL_STATE, model: { phase: 'ready', progress: 1, error: null } };
const ENROLLED: AppState = {
  ...READY,
  enrollment: { ...NO_ENROLLMENT, phase: 'enrolled', seconds: 6, voicedSeconds: 5.2, label: 'Your voice' },
};
const RUNNING: AppState = {
  ...ENROLLED,
  run: 'running',
  input: { rmsDb: -23, peakDb: -9 },
  output: { rmsDb: -31, peakDb: 0 },
  stats: {
    ...NO_STATS,
    backend: 'webgpu',
    backendReason: 'adapter of a kind',
    latencyMs: 25.6,
    slackMs: 8,
    contextRateHz: 44100,
    stepP50Ms: 2.31,
    stepP99Ms: 4.98,
    hops: 12345,
    missedDeadlines: 3,
    missedSamples: 384,
  },
};
const STATES: Readonly<Record<string, AppState>> = {
  loading: { ...INITIAL_STATE, model: { phase: 'loading', progress: 0.4, error: null } },
  failed: {
    ...INITIAL_STATE,
    model: { phase: 'failed', progress: null, error: 'config.json: no such file' },
  },
  'without a voice': READY,
  'recording a voice': {
    ...READY,
    enrollment: { ...NO_ENROLLMENT, phase: 'recording', seconds: 2.5, levelDb: -30 },
  },
  enrolled: { ...ENROLLED, notices: ['There is no WebGPU here.'] },
  running: RUNNING,
  'with an error and a recording': {
    ...ENROLLED,
    runError: 'microphone: permission denied',
    enrollment: { ...NO_ENROLLMENT, error: 'too short' },
    take: {
      inputUrl: 'data:,',
      outputUrl: 'data:,',
      seconds: 6,
      rateHz: 48000,
      latencySamples: 1200,
      runStart: 0,
      lostSamples: 0,
    },
  },
};

/** Every element below `root`, through shadow roots. */
function find(root: ParentNode, selector: string): HTMLElement[] {
  const here = [...root.querySelectorAll<HTMLElement>(selector)];
  const below = [...root.querySelectorAll('*')].flatMap((element) =>
    element.shadowRoot ? find(element.shadowRoot, selector) : [],
  );
  return [...here, ...below];
}

const textOf = (root: ParentNode): string =>
  find(root, '*')
    .flatMap((element) => [...element.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent!.trim())
    .filter((text) => text !== '')
    .join(' ');

const button = (root: ParentNode, name: RegExp): HTMLButtonElement => {
  const found = find(root, 'button').filter((element) => name.test(element.textContent!));
  expect(found, `buttons named ${name}`).to.have.length(1);
  return found[0] as HTMLButtonElement;
};

/** Waits until every element has drawn itself. */
async function settled(app: ExtractorApp): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await app.updateComplete;
    await Promise.all(find(app.shadowRoot!, '*').map((element) => (element as ExtractorApp).updateComplete));
  }
}

describe('extractor-app', () => {
  let app: ExtractorApp;
  let asked: { name: string; detail: unknown }[];

  async function show(state: AppState): Promise<ParentNode> {
    app.state = state;
    await settled(app);
    return app.shadowRoot!;
  }

  beforeEach(() => {
    asked = [];
    app = document.createElement('extractor-app');
    for (const name of [
      'model-retry-request',
      'enroll-record-request',
      'enroll-stop-request',
      'enroll-cancel-request',
      'enroll-file-request',
      'demo-request',
      'source-request',
      'start-request',
      'stop-request',
      'bypass-request',
      'monitor-request',
      'recording-request',
    ])
      app.addEventListener(name, (event) => asked.push({ name, detail: (event as CustomEvent).detail }));
    document.body.append(app);
  });

  afterEach(() => app.remove());

  for (const [name, state] of Object.entries(STATES))
    it(`breaks no accessibility rule: ${name}`, async () => {
      await show(state);
      const { violations, passes } = await axe.run(app);
      expect(passes.length).to.be.greaterThan(5);
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
      ).to.deep.equal([]);
    });

  it('says how far the model is and does nothing else meanwhile', async () => {
    const root = await show(STATES.loading);
    expect(textOf(root)).to.include('Loading the model: 40 %');
    expect(find(root, 'progress')[0]).to.have.property('value', 0.4);
    for (const name of [/Record my voice/, /Use a file/, /Play the demonstration/, /^\s*Start\s*$/])
      expect(button(root, name).disabled, String(name)).to.equal(true);
  });

  it('shows why the model is not there and asks for another try', async () => {
    const root = await show(STATES.failed);
    expect(textOf(root)).to.include('config.json: no such file');
    button(root, /Try again/).click();
    expect(asked).to.deep.equal([{ name: 'model-retry-request', detail: null }]);
  });

  it('starts only with a voice, except for the demonstration, which brings its own', async () => {
    let root = await show(READY);
    expect(button(root, /Start/).disabled).to.equal(true);
    expect(textOf(root)).to.include('Enroll a voice first.');
    root = await show({ ...READY, source: 'demo' });
    expect(button(root, /Start/).disabled).to.equal(false);
    root = await show(ENROLLED);
    button(root, /Start/).click();
    expect(asked).to.deep.equal([{ name: 'start-request', detail: null }]);
  });

  it('enrolls from the microphone, with level and seconds', async () => {
    let root = await show(READY);
    button(root, /Record my voice/).click();
    root = await show(STATES['recording a voice']);
    expect(textOf(root)).to.include('2.5 of 8 s').and.to.include('−30 dB');
    button(root, /Stop and use it/).click();
    button(root, /Cancel/).click();
    expect(asked.map(({ name }) => name)).to.deep.equal([
      'enroll-record-request',
      'enroll-stop-request',
      'enroll-cancel-request',
    ]);
    root = await show(ENROLLED);
    expect(textOf(root)).to.include('6.0 s, 5.2 s of it voice');
    button(root, /Record again/);
  });

  it('enrolls from a file, the same one twice if need be', async () => {
    const root = await show(READY);
    const input = find(root, 'input[type=file]')[0] as HTMLInputElement;
    for (let round = 0; round < 2; round++) {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'voice.wav'));
      input.files = transfer.files;
      input.dispatchEvent(new Event('change'));
    }
    expect(asked.map(({ name, detail }) => [name, (detail as File).name])).to.deep.equal([
      ['enroll-file-request', 'voice.wav'],
      ['enroll-file-request', 'voice.wav'],
    ]);
  });

  it('tells enrollment errors and running errors as they are', async () => {
    const text = textOf(await show(STATES['with an error and a recording']));
    expect(text).to.include('too short').and.to.include('microphone: permission denied');
  });

  it('shows figures, losses and the backend with its reason', async () => {
    const text = textOf(await show(RUNNING));
    for (const piece of [
      '25.6 ms',
      '2.3 ms',
      '5.0 ms',
      '12,345',
      '3',
      '384 samples',
      'WebGPU at 44.1 kHz',
      'adapter of a kind',
    ])
      expect(text).to.include(piece);
  });

  it('says in a sentence what is heard: one voice, everything, or not all of it', async () => {
    expect(textOf(await show(RUNNING))).to.include('only the enrolled voice passes');
    expect(textOf(await show({ ...RUNNING, late: true }))).to.include('does not keep up');
    expect(textOf(await show({ ...RUNNING, late: true, bypass: true }))).to.include(
      'the input passes as it is',
    );
  });

  it('asks to switch and shows only what it is told', async () => {
    const root = await show(RUNNING);
    for (const name of [/Bypass/, /Loudspeakers/, /^\s*Record\s+Keep/]) button(root, name).click();
    expect(asked).to.deep.equal([
      { name: 'bypass-request', detail: true },
      { name: 'monitor-request', detail: true },
      { name: 'recording-request', detail: true },
    ]);
    expect(button(root, /Bypass/).getAttribute('aria-checked')).to.equal('false');
    await show({ ...RUNNING, bypass: true });
    expect(button(root, /Bypass/).getAttribute('aria-checked')).to.equal('true');
    button(root, /Bypass/).click();
    expect(asked.at(-1)).to.deep.equal({ name: 'bypass-request', detail: false });
  });

  it('asks for the other input', async () => {
    const root = await show(READY);
    (find(root, 'input[value=demo]')[0] as HTMLInputElement).click();
    expect(asked).to.deep.equal([{ name: 'source-request', detail: 'demo' }]);
  });

  it('offers both files of a recording', async () => {
    const root = await show(STATES['with an error and a recording']);
    const names = find(root, 'a[download]').map((link) => link.getAttribute('download'));
    expect(names).to.deep.equal(['crossmamba-input.wav', 'crossmamba-output.wav']);
  });

  it('keeps the focus where buttons change', async () => {
    let root = await show(ENROLLED);
    button(root, /Start/).focus();
    root = await show(RUNNING);
    expect(button(root, /Stop/).matches(':focus')).to.equal(true);
    button(root, /Record again/).focus();
    root = await show(STATES['recording a voice']);
    expect(button(root, /Stop and use it/).matches(':focus')).to.equal(true);
    await show({ ...READY, enrollment: { ...NO_ENROLLMENT, phase: 'checking' } });
    root = await show(ENROLLED);
    expect(button(root, /Record again/).matches(':focus')).to.equal(true);
    await show({ ...READY, enrollment: { ...NO_ENROLLMENT, phase: 'checking' } });
    (find(root, 'input[value=demo]')[0] as HTMLInputElement).focus();
    root = await show(ENROLLED);
    expect(button(root, /Record again/).matches(':focus')).to.equal(false);
  });

  it('works from the keyboard: every control can be reached', async () => {
    const root = await show(RUNNING);
    const reachable = find(root, 'button, input:not([type=file])').filter((element) => {
      element.focus();
      return element.matches(':focus');
    });
    expect(reachable.length).to.equal(find(root, 'button:not(:disabled), input:not([type=file])').length);
  });
});

describe('level-meter', () => {
  it('fills from −60 to 0 dBFS', () => {
    expect([-Infinity, -60, -30, 0, 6].map(levelShare)).to.deep.equal([0, 0, 0.5, 1, 1]);
    expect([-Infinity, -60, -12.4, 0].map(levelText)).to.deep.equal(['silent', 'silent', '−12 dB', '0 dB']);
  });

  it('tells screen readers the level, and that it clips', async () => {
    const meter = document.createElement('level-meter');
    Object.assign(meter, { label: 'Input', ...SILENCE });
    document.body.append(meter);
    await meter.updateComplete;
    const track = meter.shadowRoot!.querySelector('[role=meter]')!;
    expect(track.getAttribute('aria-valuetext')).to.equal('silent');
    expect(track.getAttribute('aria-valuenow')).to.equal('-60');
    Object.assign(meter, { rmsDb: -6.2, peakDb: 0 });
    await meter.updateComplete;
    expect(track.getAttribute('aria-valuetext')).to.equal('−6 dB, clipped');
    expect(track.getAttribute('aria-valuenow')).to.equal('-6');
    meter.remove();
  });
});
