// <file-extractor>: with a fake extractor every state and every way to fail, with the shipped model what it gives and saves.
import { sendKeys } from '@web/test-runner-commands';
import { expect } from 'chai';
import type {} from 'mocha';
import '../../elements/file-extractor/file-extractor.ts';
import type { FileExtractor } from '../../elements/file-extractor/file-extractor.ts';
import type { FilePlayer } from '../../components/files/file-player.ts';
import type { FilePhase } from '../../components/files/file-state.ts';
import { ResultWriter } from '../../elements/file-extractor/result.ts';
import { MAX_SAMPLES } from '../../elements/shared/file-source.ts';
import { fittingEmbedding } from '../../src/clue-fit.ts';
import { exportClue } from '../../src/clue-file.ts';
import { ClueStore } from '../../src/clue-store.ts';
import { createExtractor, type Clue, type Extractor, type ExtractOptions } from '../../src/index.ts';
import { readWav, wavHeader, encodeWav, writeWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import { noise, syllables } from '../unit/seeded.ts';
import { expectAccessible, find, focused, frames, only, settled, textOf } from './dom.ts';
import { until } from './fake/fake-extractor.ts';

const STORE = 'file-extractor-test';
const RATE_HZ = 16_000;
/** What made the voices that are kept. */
const ENCODER = 'ab'.repeat(32);

/** Gives half of what it is given, when the gate is open. */
class FakeExtractor {
  readonly report: { model: string; clueEncoder: string };
  readonly clues: Float32Array[] = [];
  readonly lengths: number[] = [];
  readonly signals: AbortSignal[] = [];
  gate: Promise<void> = Promise.resolve();
  error: Error | null = null;

  constructor(clueEncoder = ENCODER) {
    this.report = { model: 'fake', clueEncoder };
  }

  async setClue(clue: Clue) {
    this.clues.push(fittingEmbedding(clue, this.report));
  }

  async extract(samples: Float32Array, _rateHz: number, { onProgress, signal }: ExtractOptions) {
    signal?.throwIfAborted();
    this.lengths.push(samples.length);
    if (signal !== undefined) this.signals.push(signal);
    onProgress?.(0.25);
    const aborted = new Promise<never>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason)),
    );
    await Promise.race([this.gate, aborted]);
    if (this.error !== null) throw this.error;
    onProgress?.(1);
    return samples.map((sample) => sample / 2);
  }
}

let element: FileExtractor;
let extractor: FakeExtractor;
let open: () => void;

const sound = syllables(2, RATE_HZ);
const bytes = (data: Uint8Array) => data as Uint8Array<ArrayBuffer>;
const wav = (name = 'talk.wav', samples: Float32Array = sound, rateHz = RATE_HZ) =>
  new File([bytes(writeWav(samples, rateHz, 'float32'))], name);
const phases = () => element.files.map(({ phase }) => phase);
async function phase(wanted: FilePhase, index = 0): Promise<void> {
  await until(() => element.files[index]?.phase === wanted, wanted).catch((error) => {
    throw new Error(`${error.message}, got ${JSON.stringify(element.files[index])}`);
  });
  await settled(element);
}
const press = async (selector: string) => {
  only(element, selector).click();
  await settled(element);
};
const give = (given: unknown) => {
  element.extractor = given as Extractor | null;
};

async function keepVoice(name: string, index: number): Promise<void> {
  const store = await ClueStore.open(STORE);
  const embedding = new Float32Array(256);
  embedding[index] = 1;
  await store.save({ name, model: 'fake', clueEncoder: ENCODER, embedding });
  store.close();
}
/** Chooses one of the voices that are kept, as people do. */
async function chooseVoice(name: string): Promise<void> {
  const enroller = element.renderRoot.querySelector('clue-enroller')!;
  await until(() => enroller.clues.length > 0, 'the voices');
  await enroller.choose(enroller.clues.find((clue) => clue.name === name)!.id);
  await settled(element);
}
const shut = () => {
  extractor.gate = new Promise((resolve) => (open = resolve));
};

async function savedWav(): Promise<ReturnType<typeof readWav>> {
  const link = only<HTMLAnchorElement>(element, 'a#save');
  const file = await (await fetch(link.href)).arrayBuffer();
  return readWav(new Uint8Array(file), link.download);
}

beforeEach(async () => {
  localStorage.clear();
  const store = await ClueStore.open(STORE);
  for (const { id } of await store.list()) await store.delete(id);
  store.close();
  await keepVoice('Anna', 1);
  await keepVoice('Bert', 2);
  extractor = new FakeExtractor();
  const main = document.createElement('main');
  element = document.createElement('file-extractor');
  element.store = STORE;
  main.append(element);
  document.body.append(main);
  await settled(element);
});

afterEach(() => document.body.replaceChildren());

it('keeps recordings beside the voices where that is wanted', async () => {
  const enroller = element.renderRoot.querySelector('clue-enroller')!;
  expect(enroller.keepRecordings).to.equal(false);
  element.setAttribute('keep-recordings', '');
  await settled(element);
  expect(enroller.keepRecordings).to.equal(true);
});

describe('the way of a file', () => {
  it('waits for a model and for a voice, tells how far it is, and can be saved', async () => {
    await expectAccessible(element);
    element.takeFiles([wav('talk.long name.wav')]);
    await settled(element);
    expect(textOf(element)).to.include('Begins when the model is here.');
    give(extractor);
    await settled(element);
    expect(textOf(element)).to.include('Begins when a voice is chosen above.');
    await expectAccessible(element);

    shut();
    const anna = find(element.shadowRoot!, 'input[type=radio]')[0];
    anna.focus();
    anna.click();
    await phase('extracting');
    await until(() => element.files[0].share > 0, 'progress');
    await settled(element);
    expect(only(element, 'progress')).to.have.property('value', 0.25);
    expect(textOf(element)).to.match(/0:02 · 16 kHz · voice: Anna/);
    expect(textOf(element)).to.match(/25 % · [\d.]+ × real time/);
    expect(element.renderRoot.querySelector('clue-enroller')).to.have.property('disabled', true);
    await frames();
    expect(anna.matches(':focus')).to.equal(true);
    await expectAccessible(element);

    let told: { name: string; estimate: Blob } | undefined;
    element.addEventListener('file-done', (event) => (told = (event as CustomEvent).detail));
    open();
    await phase('done');
    expect(told!.name).to.equal('talk.long name.wav');
    expect(only<HTMLAnchorElement>(element, 'a#save').download).to.equal('talk.long name-voice.wav');
    const { rateHz, encoding, channels } = await savedWav();
    expect({ rateHz, encoding }).to.deep.equal({ rateHz: RATE_HZ, encoding: 'float32' });
    expect(channels).to.have.length(1);
    expect(channels[0].length).to.equal(sound.length);
    expect(channels[0].findIndex((sample, n) => sample !== sound[n] / 2)).to.equal(-1);
    expect(extractor.clues.at(-1)![1]).to.equal(1);
    expect(textOf(element)).to.include('talk.long name.wav is extracted.');
    await expectAccessible(element);
  });

  it('is cancelled and begun again; the next one goes on meanwhile', async () => {
    give(extractor);
    await chooseVoice('Anna');
    shut();
    element.takeFiles([wav('one.wav'), wav('two.wav')]);
    await phase('extracting');
    expect(phases()).to.deep.equal(['extracting', 'waiting']);
    await press('#cancel');
    await phase('cancelled');
    open();
    await phase('done', 1);
    await expectAccessible(element);
    await press('#retry');
    await phase('done');
    expect(phases()).to.deep.equal(['done', 'done']);
  });

  it('begins again with another voice, and never changes the voice within a file', async () => {
    give(extractor);
    await chooseVoice('Anna');
    shut();
    element.takeFiles([wav()]);
    await until(() => element.files[0].share > 0, 'progress');
    await chooseVoice('Bert');
    open();
    await phase('done');
    expect(extractor.lengths).to.deep.equal([sound.length, sound.length]);
    expect(extractor.clues.at(-1)![2]).to.equal(1);
    expect(element.files[0].voice).to.equal('Bert');
  });

  it('waits with another extractor that the voice does not fit, until one that does is chosen', async () => {
    give(extractor);
    await chooseVoice('Anna');
    shut();
    element.takeFiles([wav()]);
    await phase('extracting');
    const newer = new FakeExtractor('cd'.repeat(32));
    give(newer);
    await until(() => element.voice === null, 'no voice');
    await settled(element);
    expect(phases()).to.deep.equal(['waiting']);
    expect(newer.lengths).to.deep.equal([]);
    expect(textOf(element))
      .to.include('Begins when a voice is chosen above.')
      .and.include('Anna is not followed.')
      .and.include('This voice was enrolled with an earlier version of the model. Enroll it again.');
    give(extractor);
    open();
    await phase('done');
    expect(element.files[0].voice).to.equal('Anna');
  });

  it('goes on when its voice is renamed on another page', async () => {
    give(extractor);
    shut();
    await chooseVoice('Anna');
    element.takeFiles([wav('one.wav')]);
    await phase('extracting');
    const there = await ClueStore.open(STORE);
    const { id } = (await there.list()).find(({ name }) => name === 'Anna')!;
    await there.rename(id, 'Anne');
    there.close();
    await until(() => element.voice?.name === 'Anne', 'the name');
    expect(phases()).to.deep.equal(['extracting']);
    open();
    await phase('done');
    expect(extractor.lengths).to.have.length(1);
  });

  it('keeps the keyboard when what can be done with it changes', async () => {
    give(extractor);
    shut();
    await chooseVoice('Anna');
    element.takeFiles([wav('one.wav')]);
    await phase('extracting');
    only(element, '#cancel').focus();
    await sendKeys({ press: 'Enter' });
    await phase('cancelled');
    await frames();
    expect(focused()!.textContent).to.equal('one.wav');
    await sendKeys({ press: 'Tab' });
    expect(focused()!.id).to.equal('retry');
  });

  it('is removed, with the keyboard going on to what follows', async () => {
    give(extractor);
    await chooseVoice('Anna');
    element.takeFiles([wav('one.wav'), wav('two.wav')]);
    await phase('done', 1);
    const url = element.files[0].result!.url;
    find(element.shadowRoot!, '#remove')[0].focus();
    await sendKeys({ press: 'Enter' });
    await settled(element);
    expect(element.files.map(({ name }) => name)).to.deep.equal(['two.wav']);
    expect((element.shadowRoot!.activeElement as HTMLElement).localName).to.equal('file-item');
    await press('#remove');
    expect((element.shadowRoot!.activeElement as HTMLElement).localName).to.equal('file-drop-zone');
    const gone = await fetch(url).then(
      () => false,
      () => true,
    );
    expect(gone).to.equal(true);
  });

  it('ends with the element', async () => {
    give(extractor);
    await chooseVoice('Anna');
    shut();
    element.takeFiles([wav()]);
    await until(() => extractor.signals.length === 1, 'the extraction');
    element.remove();
    await until(() => element.files.length === 0, 'an empty queue');
    expect(extractor.signals.map(({ aborted }) => aborted)).to.deep.equal([true]);
  });

  it('stays cancelled, also where it was about to begin again', async () => {
    give(extractor);
    await chooseVoice('Anna');
    let read = () => {};
    const reading = new Promise<void>((resolve) => (read = resolve));
    const slow = wav('slow.mp3');
    slow.arrayBuffer = async () => {
      await reading;
      return new ArrayBuffer(0);
    };
    slow.slice = (...range) => {
      const part = Blob.prototype.slice.apply(slow, range);
      part.arrayBuffer = slow.arrayBuffer;
      return part;
    };
    element.takeFiles([slow]);
    await phase('reading');
    const { id } = element.files[0];
    const other = new FakeExtractor();
    give(other);
    await phase('waiting');
    element.cancel(id);
    await phase('cancelled');
    read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await phase('cancelled');
    expect(other.lengths).to.deep.equal([]);
  });

  it('does not wait for timers, which pages that nobody sees get once a minute', async () => {
    const original = globalThis.setTimeout;
    // As if the page was hidden for good.
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    try {
      const writer = new ResultWriter(RATE_HZ, sound.length);
      await writer.add(sound, sound);
      expect(writer.finish().estimate.size).to.equal(44 + 4 * sound.length);
    } finally {
      globalThis.setTimeout = original;
    }
  });
});

describe('what is no file to extract', () => {
  const failed = async (file: File, message: RegExp) => {
    element.takeFiles([file]);
    await phase('failed', element.files.length - 1);
    expect(element.files.at(-1)!.error).to.match(message);
  };

  beforeEach(async () => {
    give(extractor);
    await chooseVoice('Anna');
  });

  it('is named: no sound, an empty file, an empty WAV, one that is cut short, too long, or of a rate that is none', async () => {
    await failed(new File(['abc'], 'notes.txt'), /^notes\.txt is no sound that can be read/);
    await failed(new File([], 'nothing.wav'), /^nothing\.wav is no sound that can be read.*0 bytes/);
    await failed(wav('silent.wav', new Float32Array(0)), /^silent\.wav holds no sound/);
    const cut = wav('cut.wav').slice(0, 1000);
    await failed(new File([cut], 'cut.wav'), /^cut\.wav: the file is cut short/);
    const long = wav('long.wav');
    const header = wavHeader(0, 48_000, 'float32');
    new DataView(header.buffer).setUint32(40, 0xffffffff, true);
    const endless = new File([bytes(header), long], 'long.wav');
    Object.defineProperty(endless, 'size', { value: 44 + 4 * (MAX_SAMPLES + 1) });
    await failed(endless, /^long\.wav is too long.*at most 2 h.*120 min/);
    await failed(
      wav('slow.wav', sound, 4000),
      /^slow\.wav: sample rate .*got 4000 Hz\)\. Convert it to a rate from 8 to 192 kHz\.$/,
    );
    expect(extractor.lengths).to.deep.equal([]);
    await settled(element);
    await expectAccessible(element);
  });

  it('does not hold up the next one, and what fails can be tried again', async () => {
    extractor.error = new Error('the worker is gone');
    element.takeFiles([wav('one.wav')]);
    await phase('failed');
    expect(textOf(element)).to.include('Not extracted.').and.include('the worker is gone.');
    extractor.error = null;
    element.takeFiles([wav('two.wav')]);
    await phase('done', 1);
    await press('#retry');
    await phase('done');
  });
});

describe('what a file is made of', () => {
  beforeEach(async () => {
    give(extractor);
    await chooseVoice('Anna');
  });

  it('stereo of 16 bits at 44.1 kHz: says that it mixes down, keeps rate and length', async () => {
    const left = noise(44_100, 1, 0.5);
    const right = noise(44_100, 2, 0.5);
    const both = Float32Array.from({ length: 2 * left.length }, (_, n) => (n % 2 ? right : left)[n >> 1]);
    const parts = [wavHeader(left.length, 44_100, 'pcm16', 2), encodeWav(both, 'pcm16')].map(bytes);
    element.takeFiles([new File(parts, 'stereo.wav')]);
    await phase('done');
    expect(textOf(element)).to.include('0:01 · 44.1 kHz · stereo, mixed down to one channel');
    const { rateHz, channels } = await savedWav();
    expect(rateHz).to.equal(44_100);
    expect(channels[0].length).to.equal(left.length);
    const worst = channels[0].reduce(
      (most, sample, n) => Math.max(most, Math.abs(sample - (left[n] + right[n]) / 4)),
      0,
    );
    expect(worst).to.be.lessThan(2e-5);
  });

  it('what is no WAV comes out at 48 kHz, as long as the browser says it is', async () => {
    const context = new AudioContext();
    await context.resume();
    const recorded = new MediaStreamAudioDestinationNode(context);
    const tone = new OscillatorNode(context);
    tone.connect(recorded);
    tone.start();
    const recorder = new MediaRecorder(recorded.stream);
    const blob = await new Promise<Blob>((resolve) => {
      let bytesThere = 0;
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => {
        parts.push(data);
        bytesThere += data.size;
        if (bytesThere > 4000 && recorder.state === 'recording') recorder.stop();
      };
      recorder.onstop = () => resolve(new Blob(parts));
      recorder.start(100);
    });
    await context.close();
    element.takeFiles([new File([blob], 'call.webm')]);
    await phase('done');
    const decoder = new OfflineAudioContext(1, 1, 48_000);
    const { length } = await decoder.decodeAudioData(await blob.arrayBuffer());
    const { rateHz, channels } = await savedWav();
    expect(rateHz).to.equal(48_000);
    expect(channels[0].length).to.equal(length);
    expect(Math.max(...channels[0].subarray(0, 48_000))).to.be.greaterThan(0.1);
  });

  it('floats that are no numbers do no harm', async () => {
    const broken = sound.slice();
    broken.set([NaN, Infinity, -Infinity], 100);
    element.takeFiles([wav('broken.wav', broken)]);
    await phase('done');
    const { before } = element.files[0].result!.waveforms;
    expect(before.every((peak) => Number.isFinite(peak))).to.equal(true);
  });

  it('a long one goes in pieces, with what was before each; the seams are not to be heard', async () => {
    element.cut = { pieceS: 0.5, leadS: 0.25, fadeS: 0.01 };
    element.takeFiles([wav()]);
    await phase('done');
    const [piece, lead, fade] = [8000, 4000, 160];
    expect(extractor.lengths).to.deep.equal([
      piece + fade,
      lead + piece + fade,
      lead + piece + fade,
      lead + piece,
    ]);
    const [saved] = (await savedWav()).channels;
    expect(saved.length).to.equal(sound.length);
    const worst = saved.reduce((most, sample, n) => Math.max(most, Math.abs(sample - sound[n] / 2)), 0);
    expect(worst).to.be.lessThan(1e-7);
  });

  it('files come by dropping, voices too', async () => {
    const drop = (target: Element, ...files: File[]) => {
      const dataTransfer = new DataTransfer();
      for (const file of files) dataTransfer.items.add(file);
      const options = { dataTransfer, bubbles: true, composed: true, cancelable: true };
      const over = new DragEvent('dragover', options);
      target.dispatchEvent(over);
      expect(over.defaultPrevented, 'the browser stays on the page').to.equal(true);
      return () => target.dispatchEvent(new DragEvent('drop', options));
    };
    const zone = only(element, 'file-drop-zone');
    const let1 = drop(zone, wav('one.wav'), wav('two.wav'));
    await settled(element);
    expect(textOf(element)).to.include('Drop them here');
    let1();
    await phase('done', 1);
    const embedding = new Float32Array(256);
    embedding[9] = 1;
    const clue = {
      name: 'Carl',
      model: 'fake',
      clueEncoder: ENCODER,
      embedding,
      takes: [{ embedding, report: null }],
      report: null,
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    drop(zone, new File([exportClue(clue)], 'Carl.clue.json'))();
    await until(() => element.voice?.name === 'Carl', 'the voice');
    expect(element.files).to.have.length(2);
    drop(only(element, 'clue-enroller'), new File(['abc'], 'no-voice.wav'))();
    await until(() => textOf(element).includes('no-voice.wav is no sound'), 'the refusal of the voice');
    expect(element.files).to.have.length(2);
  });
});

describe('before and after', () => {
  beforeEach(async () => {
    give(extractor);
    await chooseVoice('Anna');
    element.takeFiles([wav()]);
    await phase('done');
  });
  const state = () => find(element.shadowRoot!, 'file-player')[0] as FilePlayer;

  it('play in one transport; another one is heard at the same position', async () => {
    await press('#play');
    await until(() => state().state.isPlaying && state().state.positionS > 0.1, 'sound');
    expect(state().state.heard).to.equal('after');
    const positionS = state().state.positionS;
    await press('input[value=before]');
    expect(state().state.heard).to.equal('before');
    expect(state().state.positionS).to.be.at.least(positionS);
    await expectAccessible(element);
    await until(() => !state().state.isPlaying, 'the end');
    only(element, 'input[type=range]').focus();
    await sendKeys({ press: 'ArrowLeft' });
    await until(() => state().state.positionS < 1.2 && state().state.positionS > 0.8, 'a second back');
  });

  it('are what went in and what came out, drawn to one scale', async () => {
    const { before, after } = state().waveforms;
    expect(before.length).to.equal(600);
    const peak = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(Math.max(...before)).to.be.closeTo(peak, 1e-6);
    for (const [n, value] of after.entries()) expect(value).to.be.closeTo(before[n] / 2, 1e-6);
    const [first, second] = find(element.shadowRoot!, 'path').map((path) => path.getAttribute('d')!);
    expect(first)
      .to.match(/^M0 -[\d.]+L1 -/)
      .and.include(' -1.000');
    expect(second).to.include(' -0.500');
    expect(second).not.to.include('1.000');
  });
});

describe('with the shipped model', function () {
  this.timeout(300_000);
  let real: Extractor;
  before(async () => {
    real = await createExtractor({ modelUrl: '/public/models/speaker-base', backend: 'wasm' });
  });
  after(() => real.dispose());

  it('gives what extract gives, whole; in pieces nearly that', async () => {
    element.demo = '/public/demo';
    give(real);
    await settled(element);
    await press('#demo');
    await phase('done');
    const file = new Uint8Array(await (await fetch('/public/demo/mixture.wav')).arrayBuffer());
    const { rateHz, channels } = readWav(file, 'mixture.wav');
    const expected = await real.extract(channels[0], rateHz);
    const [saved] = (await savedWav()).channels;
    expect(saved).to.deep.equal(expected);
    report(
      `one file of ${(saved.length / rateHz).toFixed(1)} s: ${element.files[0].speed!.toFixed(1)} × real time`,
    );

    await press('#remove');
    element.cut = { pieceS: 4, leadS: 3, fadeS: 0.05 };
    await press('#demo');
    await phase('done');
    const [pieces] = (await savedWav()).channels;
    let error = 0;
    let signal = 0;
    for (const [n, sample] of expected.entries()) {
      signal += sample ** 2;
      error += (sample - pieces[n]) ** 2;
    }
    const snrDb = 10 * Math.log10(signal / error);
    report(`in pieces of 4 s with 3 s before each: ${snrDb.toFixed(1)} dB against the whole`);
    expect(pieces.length).to.equal(expected.length);
    expect(snrDb).to.be.greaterThan(15);
  });

  it('says why there is no demonstration', async () => {
    element.demo = '/nowhere';
    give(real);
    await settled(element);
    await press('#demo');
    await until(() => textOf(element).includes('No demonstration.'), 'the error');
    await settled(element);
    expect(textOf(element)).to.match(
      /The demonstration's enrollment\.wav could not be loaded|enrollment\.wav/,
    );
  });
});
