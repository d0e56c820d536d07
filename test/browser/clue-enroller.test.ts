// <clue-enroller> as people use it: by mouse, by keyboard, by screen reader; with a microphone of the test's own and a fake extractor.
import { sendKeys } from '@web/test-runner-commands';
import { expect } from 'chai';
import type {} from 'mocha';
import '../../elements/clue-enroller/clue-enroller.ts';
import type { ClueEnroller } from '../../elements/clue-enroller/clue-enroller.ts';
import type { EnrollPhase } from '../../elements/clue-enroller/flow.ts';
import { fittingEmbedding } from '../../src/clue-fit.ts';
import { exportClue } from '../../src/clue-file.ts';
import { ClueStore, type NewClue, type StoredClue } from '../../src/clue-store.ts';
import type { Clue, Extractor } from '../../src/index.ts';
import { checkEnrollment } from '../../src/shared/enrollment.ts';
import { writeWav } from '../../src/shared/wav.ts';
import { syllables } from '../unit/seeded.ts';
import { expectAccessible, find, focused, frames, only, settled, textOf } from './dom.ts';
import { until as happens } from './fake/fake-extractor.ts';
import { fakeMicrophone, type FakeMicrophone } from './fake/fake-microphone.ts';

const STORE = 'clue-enroller-test';
const ENCODER = 'ab'.repeat(32);
/** What a later version of the model has. */
const NEWER = 'cd'.repeat(32);
const VOICE = syllables(10, 48_000, { noisePeak: 0.0005 });

/** Checks as the real one does; its clues point in one direction, or in another one each time. */
class FakeExtractor {
  readonly report: { model: string; clueEncoder: string };
  readonly clues: Float32Array[] = [];
  enrolled = 0;
  agrees = true;
  /** The next enrollments wait for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(clueEncoder = ENCODER) {
    this.report = { model: 'fake', clueEncoder };
  }

  async enroll(samples: Float32Array, rateHz: number, { use }: { use: boolean }) {
    expect(use).to.equal(false);
    await this.gate;
    const embedding = new Float32Array(256);
    embedding[this.agrees ? 0 : this.enrolled % 256] = 1;
    this.enrolled++;
    const { clueEncoder } = this.report;
    return { embedding, clueEncoder, report: checkEnrollment(samples, rateHz) };
  }

  async setClue(clue: Clue) {
    this.clues.push(fittingEmbedding(clue, this.report));
  }
}

let element: ClueEnroller;
let extractor: FakeExtractor;
let microphone: FakeMicrophone | undefined;
let told: (string | null)[];

const give = (fake: FakeExtractor | null) => {
  element.extractor = fake as unknown as Extractor | null;
};

async function wav(samples: Float32Array, name = 'anna.wav'): Promise<File> {
  return new File([writeWav(samples, 48_000, 'pcm16') as Uint8Array<ArrayBuffer>], name);
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  await happens(isTrue, what);
  await settled(element);
}
const phase = (wanted: EnrollPhase) =>
  until(
    () => element.state.phase === wanted,
    `${wanted}, got ${element.state.phase}: ${element.state.error}`,
  );

const press = async (selector: string) => {
  only(element, selector).click();
  await settled(element);
};
const row = (name: string) =>
  find(element.shadowRoot!, '.voice').find((found) => found.textContent!.includes(name))!;
const inRow = (name: string, selector: string) => row(name).querySelector<HTMLElement>(selector)!;

/** What screen readers say of a control after its name. */
function described(selector: string): string {
  const control = only(element, selector);
  const root = control.getRootNode() as ShadowRoot;
  const ids = control.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => root.getElementById(id)!.textContent).join(' ');
}

/** What they were told last. */
const status = () => element.shadowRoot!.querySelector('p.hidden[role=status]')!.textContent;

async function saved(clue: Partial<NewClue> = {}): Promise<StoredClue> {
  const store = await ClueStore.open(STORE);
  const embedding = new Float32Array(256);
  embedding[7] = 1;
  const stored = await store.save({ name: 'Bert', model: 'fake', clueEncoder: ENCODER, embedding, ...clue });
  store.close();
  return stored;
}

async function show(): Promise<void> {
  const main = document.createElement('main');
  element = document.createElement('clue-enroller');
  element.store = STORE;
  element.enoughSeconds = 2;
  told = [];
  element.addEventListener('clue-change', (event) =>
    told.push((event as CustomEvent<{ clue: StoredClue | null }>).detail.clue?.name ?? null),
  );
  give(extractor);
  main.append(element);
  document.body.append(main);
  await settled(element);
}

beforeEach(async () => {
  localStorage.clear();
  const store = await ClueStore.open(STORE);
  for (const { id } of await store.list()) await store.delete(id);
  store.close();
  extractor = new FakeExtractor();
});

afterEach(async () => {
  document.body.replaceChildren();
  await microphone?.restore();
  microphone = undefined;
});

describe('enrolling from the microphone', () => {
  it('guides, ends by itself, lets listen and name, saves, and is followed', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    await expectAccessible(element);
    await press('#record');
    await phase('recording');
    const guidance = new Set<string>();
    const shares: number[] = [];
    await until(() => {
      if (element.state.phase !== 'recording') return true;
      guidance.add(element.state.recording.guidance);
      shares.push(element.state.recording.share);
      return false;
    }, 'the end of the recording');
    expect([...guidance]).to.include('go-on');
    expect(Math.max(...shares)).to.be.greaterThan(0.5);
    await phase('review');
    expect(microphone.streams[0].getAudioTracks()[0].readyState).to.equal('ended');
    expect(microphone.asked[0].audio).to.include({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    });
    expect(textOf(element)).to.match(/A good recording\. 2\.\d s of voice in [2-5]\.\d s, [3-6]\d dB above/);
    const player = only<HTMLAudioElement>(element, 'audio');
    await until(() => player.duration > 2, 'the recording in its player');
    await expectAccessible(element);

    const name = only<HTMLInputElement>(element, 'input#name');
    expect(name.value).to.equal('Voice 1');
    expect(described('input#name')).to.equal('A good recording.');
    expect(status()).to.equal('A good recording.');
    name.value = '  ';
    await press('#save');
    expect(described('input#name')).to.equal('Give it a name. A good recording.');
    expect(textOf(element)).to.include('Give it a name.');
    expect(focused()).to.equal(name);
    name.value = 'Anna';
    await press('#save');
    await phase('idle');
    await until(() => told.length > 0, 'the choice');
    expect(told).to.deep.equal(['Anna']);
    expect(extractor.clues).to.deep.equal([element.clue!.embedding]);
    expect(inRow('Anna', 'input')).to.have.property('checked', true);
    expect(textOf(element)).to.include('Anna is saved and followed now.');
    await expectAccessible(element);
  });

  it('shows level, percentage and guidance while recording, and forgets it all on cancel', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    element.enoughSeconds = 30;
    await press('#record');
    await until(() => element.state.recording.share > 0.03, 'a little voice');
    await expectAccessible(element);
    expect(Number(only(element, '[role=progressbar]').getAttribute('aria-valuenow'))).to.be.within(3, 100);
    // Between two syllables there is nothing.
    const levelDb = () => Number(only(element, '[role=meter]').getAttribute('aria-valuenow'));
    await until(() => levelDb() >= -59 && levelDb() <= 0, 'a level');
    expect(textOf(element)).to.include('Good. Go on talking.');
    await press('#cancel');
    await phase('idle');
    await until(
      () => microphone!.streams[0].getAudioTracks()[0].readyState === 'ended',
      'a closed microphone',
    );
    expect(extractor.enrolled).to.equal(0);
    expect(element.state.error).to.equal(null);
  });

  it('says that nothing is heard, and why a recording of nothing is refused', async () => {
    microphone = fakeMicrophone(new Float32Array(48_000));
    await show();
    await press('#record');
    await until(() => element.state.phase === 'recording', 'the recording');
    await press('#finish');
    await until(() => element.state.error !== null, 'the refusal');
    expect(textOf(element)).to.include('Not enrolled.').and.include('The enrollment is too short');
    expect(only(element, '#record').ariaDisabled).to.equal('false');
    await expectAccessible(element);
  });

  it('says what to do where the microphone is denied; the voices stay', async () => {
    const bert = await saved();
    microphone = fakeMicrophone(new DOMException('Permission denied', 'NotAllowedError'));
    await show();
    await until(() => element.clues.length === 1, 'the voices');
    await element.record();
    await settled(element);
    expect(textOf(element)).to.match(/permission was denied.*Allow the microphone/i);
    expect(element.clues.map(({ id }) => id)).to.deep.equal([bert.id]);
  });

  it('says that the microphone is muted for a while, and goes on', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    element.enoughSeconds = 30;
    await press('#record');
    await until(() => element.state.recording.share > 0.01, 'some voice');
    const [track] = microphone.streams[0].getAudioTracks();
    track.dispatchEvent(new Event('mute'));
    const { share } = element.state.recording;
    await until(() => element.state.recording.share > share, 'more progress');
    await settled(element);
    expect(textOf(element)).to.match(/Nothing is recorded now: .* muted\./);
    track.dispatchEvent(new Event('unmute'));
    await settled(element);
    expect(textOf(element)).to.include('Good. Go on talking.');
    await press('#cancel');
  });

  it('uses what there is when the microphone is unplugged, or says that it is', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    element.enoughSeconds = 30;
    for (const [share, isEnough] of [
      [0.01, false],
      [0.08, true],
    ] as const) {
      void element.record();
      await until(() => element.state.recording.share >= share, 'some voice');
      microphone.streams.at(-1)!.getAudioTracks()[0].dispatchEvent(new Event('ended'));
      if (isEnough) await phase('review');
      else await until(() => /microphone.*stopped/i.test(element.state.error ?? ''), 'the error');
    }
  });

  it('records while the model still loads, and waits for it', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    give(null);
    await press('#record');
    await phase('waiting');
    expect(textOf(element)).to.include('Waiting for the model');
    await expectAccessible(element);
    give(extractor);
    await phase('review');
  });

  it('closes the microphone when it is removed, and goes on when it is moved', async () => {
    microphone = fakeMicrophone(VOICE);
    await show();
    element.enoughSeconds = 30;
    await press('#record');
    await until(() => element.state.recording.share > 0, 'a little voice');
    const aside = document.createElement('aside');
    document.body.append(aside);
    aside.append(element);
    await settled(element);
    expect(element.state.phase).to.equal('recording');
    element.remove();
    await happens(
      () => microphone!.streams[0].getAudioTracks()[0].readyState === 'ended',
      'a closed microphone',
    );
  });
});

describe('enrolling from a file', () => {
  beforeEach(show);

  it('takes a recording under the name of its file', async () => {
    await element.takeFile(await wav(VOICE, 'Dr. Zoe.wav'));
    await phase('review');
    expect(only(element, 'input#name')).to.have.property('value', 'Dr. Zoe');
    await press('#discard');
    await phase('idle');
    expect(element.clues).to.have.length(0);
  });

  it('takes one that is dropped', async () => {
    const dropped = new DataTransfer();
    dropped.items.add(await wav(VOICE));
    const over = new DragEvent('dragover', { dataTransfer: dropped, bubbles: true, cancelable: true });
    element.dispatchEvent(over);
    expect(over.defaultPrevented).to.equal(true);
    await settled(element);
    expect(find(element.shadowRoot!, '.over')).to.have.length(1);
    element.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
    await phase('review');
    expect(find(element.shadowRoot!, '.over')).to.have.length(0);
  });

  it('refuses one that is too long to be of one voice', async () => {
    const long = writeWav(new Float32Array(8000 * 301), 8000, 'pcm16') as Uint8Array<ArrayBuffer>;
    await element.takeFile(new File([long], 'podcast.wav'));
    await phase('idle');
    expect(element.state.error)
      .to.include('podcast.wav is too long to enroll from')
      .and.include('at most 5 min');
  });

  it('holds one that is dropped while something is under way, so that the page stays', async () => {
    await element.takeFile(await wav(VOICE));
    await phase('review');
    const dropped = new DataTransfer();
    dropped.items.add(await wav(VOICE));
    const { checked } = element.state;
    for (const type of ['dragover', 'drop']) {
      const event = new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true });
      element.dispatchEvent(event);
      expect(event.defaultPrevented, type).to.equal(true);
    }
    await settled(element);
    expect(element.state.checked).to.equal(checked);
  });

  it('names what is no sound, or no voice', async () => {
    await element.takeFile(new File(['abc'], 'notes.txt'));
    expect(element.state.error).to.match(/notes\.txt is no sound that can be read.*Choose another file/);
    await element.takeFile(await wav(VOICE.subarray(0, 48_000)));
    expect(element.state.error).to.match(/too short/);
    const whole = await wav(VOICE);
    await element.takeFile(new File([whole.slice(0, whole.size - 1000)], 'cut.wav'));
    expect(element.state.error).to.match(/^cut\.wav: the file is cut short/);
  });

  it('doubts what is noisy, quiet or of more than one voice, and takes it all the same', async () => {
    extractor.agrees = false;
    await element.takeFile(await wav(syllables(12, 48_000, { noisePeak: 0.045 })));
    await phase('review');
    expect(element.state.checked!.doubts).to.deep.equal(['too-noisy', 'more-than-one-voice']);
    const verdict = /It can be used, but:\s+it is noisy.*more than one voice/s;
    expect(textOf(element)).to.match(verdict);
    expect(described('input#name')).to.match(verdict);
    expect(status()).to.match(verdict);
    await expectAccessible(element);
    await element.cancel();
    await settled(element);
    expect(status()).to.equal('');
    await element.takeFile(await wav(VOICE));
    await phase('review');
    await element.save('Both');
    expect(element.clue?.name).to.equal('Both');
  });

  it('is not overtaken by what was begun before', async () => {
    let open!: () => void;
    extractor.gate = new Promise((resolve) => (open = resolve));
    const first = element.takeFile(await wav(VOICE, 'first.wav'));
    await until(() => element.state.phase === 'checking', 'the check');
    await expectAccessible(element);
    await press('#cancel');
    await phase('idle');
    const second = element.takeFile(await wav(VOICE, 'second.wav'));
    open();
    await Promise.all([first, second]);
    await settled(element);
    expect(only(element, 'input#name')).to.have.property('value', 'second');
  });
});

describe('the voices that are kept', () => {
  beforeEach(async () => {
    await saved({ name: 'Anna', createdAt: '2026-01-01T00:00:00.000Z' });
    await saved({ name: 'Bert', createdAt: '2026-01-02T00:00:00.000Z' });
    await saved({ name: 'Carl', createdAt: '2026-01-03T00:00:00.000Z', model: 'older', clueEncoder: NEWER });
    await show();
    await until(() => element.clues.length === 3, 'the voices');
  });

  it('are chosen with the keyboard, one at a time; one of another model is not, and says why', async () => {
    await expectAccessible(element);
    expect(inRow('Carl', 'input')).to.have.property('disabled', true);
    expect(row('Carl').textContent).to.include('Enrolled with the model “older”');
    inRow('Anna', 'input').focus();
    await sendKeys({ press: 'Space' });
    await until(() => told.length === 1, 'the first choice');
    await sendKeys({ press: 'ArrowDown' });
    await until(() => told.length === 2, 'the second choice');
    expect(told).to.deep.equal(['Anna', 'Bert']);
    expect(extractor.clues).to.have.length(2);
    expect(focused()).to.equal(inRow('Bert', 'input'));
  });

  it('are what another page makes of them: added, renamed, with another take, deleted', async () => {
    const there = await ClueStore.open(STORE);
    await show();
    const { id } = await saved({ name: 'Dora' });
    const isKept = () => element.clues.some((clue) => clue.id === id);
    await until(isKept, 'the new voice');
    await element.choose(id);
    expect(extractor.clues).to.have.length(1);
    await there.rename(id, 'Dorothy');
    await until(() => element.clue?.name === 'Dorothy', 'the name');
    expect(extractor.clues).to.have.length(1);
    const embedding = new Float32Array(256);
    embedding[5] = 1;
    await there.addTake(id, { embedding, clueEncoder: ENCODER });
    await until(() => element.clues.find((clue) => clue.id === id)?.takes.length === 2, 'the take');
    // What is under way goes on as it is, until the voice is chosen.
    expect(extractor.clues).to.have.length(1);
    await element.choose(id);
    expect([...extractor.clues[1]]).to.deep.equal([...element.clue!.embedding]);
    expect(element.clue!.takes).to.have.length(2);
    await settled(element);
    expect(textOf(element)).to.include('Dorothy');
    await there.delete(id);
    await until(() => element.clue === null && !isKept(), 'nobody');
    expect(told.at(-1)).to.equal(null);
    expect(extractor.clues).to.have.length(2);
    there.close();
  });

  it('may be gone while another recording of one is made, which is then of a new one', async () => {
    await show();
    const { id } = await saved({ name: 'Dora' });
    await until(() => element.clues.some((clue) => clue.id === id), 'the new voice');
    await element.addTake(id);
    await element.takeFile(await wav(VOICE));
    await phase('review');
    const there = await ClueStore.open(STORE);
    await there.delete(id);
    there.close();
    await until(() => element.state.addsTo === null, 'nobody to add to');
    expect(element.state.phase).to.equal('review');
    await element.save('Edna');
    expect(element.clue!.name).to.equal('Edna');
  });

  it('are those of another store when it is named', async () => {
    await show();
    await until(() => element.clues.length > 0, 'the voices');
    await element.choose(element.clues[0].id);
    element.store = `${STORE}-2`;
    await until(() => element.clues.length === 0 && element.clue === null, 'an empty store');
    expect(told.at(-1)).to.equal(null);
    element.store = STORE;
    await until(() => element.clue !== null, 'the one that was followed');
    expect(told.at(-1)).to.equal(element.clue!.name);
  });

  it('are there on the next visit, with the one that was followed', async () => {
    await element.choose(element.clues[1].id);
    document.body.replaceChildren();
    await show();
    await until(() => told.length === 1, 'the choice of the last visit');
    expect(told).to.deep.equal(['Bert']);
    expect(inRow('Bert', 'input')).to.have.property('checked', true);
  });

  it('are renamed with the keyboard; Escape leaves the name', async () => {
    inRow('Bert', '.rename').focus();
    await sendKeys({ press: 'Enter' });
    await settled(element);
    await expectAccessible(element);
    await sendKeys({ type: 'Robert' });
    await sendKeys({ press: 'Enter' });
    await until(() => element.clues.some(({ name }) => name === 'Robert'), 'the new name');
    expect(focused()).to.equal(inRow('Robert', '.rename'));
    await sendKeys({ press: 'Enter' });
    await settled(element);
    await sendKeys({ type: 'Bob' });
    await sendKeys({ press: 'Escape' });
    await settled(element);
    expect(element.clues.map(({ name }) => name)).to.deep.equal(['Anna', 'Robert', 'Carl']);
    expect(focused()).to.equal(inRow('Robert', '.rename'));
  });

  it('are deleted after a second question; who asks from the keyboard is on the safe answer first', async () => {
    await element.choose(element.clues[0].id);
    inRow('Anna', '.delete').focus();
    await sendKeys({ press: 'Enter' });
    await settled(element);
    await expectAccessible(element);
    expect(row('Anna').textContent).to.include('Delete Anna?');
    await sendKeys({ press: 'Enter' });
    await settled(element);
    expect(element.clues).to.have.length(3);
    expect(focused()).to.equal(inRow('Anna', '.delete'));
    await sendKeys({ press: 'Enter' });
    await settled(element);
    inRow('Anna', '.danger').click();
    await until(() => element.clues.length === 2, 'the deletion');
    expect(told).to.deep.equal(['Anna', null]);
    expect(element.clue).to.equal(null);
    expect(focused()).to.equal(inRow('Bert', 'input'));
  });

  it('go out as files and come in again', async () => {
    const downloads: string[] = [];
    const click = HTMLAnchorElement.prototype.click;
    HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
      downloads.push(this.download);
    };
    inRow('Anna', '.export').click();
    HTMLAnchorElement.prototype.click = click;
    expect(downloads).to.deep.equal(['Anna.clue.json']);
    const file = new File([exportClue({ ...element.clues[0], name: 'Anna from elsewhere' })], 'a.clue.json');
    await element.takeFile(file);
    await until(() => element.clues.length === 4, 'the imported voice');
    expect(told).to.deep.equal(['Anna from elsewhere']);
    expect(element.clue!.embedding).to.deep.equal(element.clues[0].embedding);
    await element.takeFile(new File(['{}'], 'b.json'));
    await settled(element);
    expect(textOf(element)).to.include('That did not work.').and.include('b.json is no clue');
    expect(element.clues).to.have.length(4);
  });

  it('come in before the model is there, and are followed when it is', async () => {
    const { extractor, clues } = element;
    const file = new File([exportClue({ ...clues[0], name: 'Early' })], 'early.clue.json');
    element.extractor = null;
    await settled(element);
    told.length = 0;
    await element.takeFile(file);
    await until(() => element.clues.length === 4, 'the imported voice');
    expect(textOf(element)).to.include('Early is saved, and followed as soon as the model is there.');
    element.extractor = extractor;
    await until(() => element.clue?.name === 'Early', 'the voice');
    expect(told).to.deep.equal(['Early']);
  });

  it('are shown in another language', async () => {
    element.texts = {
      record: 'Aufnehmen',
      recordAnother: 'Noch eine Stimme',
      actionOn: (what, name) => `${name}: ${what}`,
    };
    await settled(element);
    expect(only(element, '#record').textContent!.trim()).to.equal('Noch eine Stimme');
    expect(inRow('Bert', '.delete').getAttribute('aria-label')).to.equal('Bert: Delete');
  });

  it('do nothing while it is disabled, and leave the keyboard where it is', async () => {
    await element.choose(element.clues[0].id);
    await settled(element);
    const before = textOf(element);
    const [chosen, other] = find(element.shadowRoot!, 'input[type=radio]') as HTMLInputElement[];
    chosen.focus();
    element.disabled = true;
    await settled(element);
    await frames();
    expect(chosen.matches(':focus')).to.equal(true);
    for (const control of find(element.shadowRoot!, 'button, input[type=radio]')) {
      expect(control.ariaDisabled, control.outerHTML).to.equal('true');
      control.click();
      await settled(element);
      expect(textOf(element)).to.equal(before);
    }
    expect([chosen.checked, other.checked]).to.deep.equal([true, false]);
    expect(element.clue!.id).to.equal(element.clues[0].id);
  });
});

describe('another recording of a voice', () => {
  let anna: StoredClue;
  const OTHER = syllables(8, 48_000, { noisePeak: 0.0005 });
  beforeEach(async () => {
    anna = await saved({ name: 'Anna', report: checkEnrollment(VOICE, 48_000) });
    await saved({ name: 'Bert' });
    await show();
    await until(() => element.clues.length === 2, 'the voices');
  });
  /** The kept one points along 7, the fake's first along 0. */
  const mean = () => {
    const embedding = new Float32Array(256);
    embedding[0] = embedding[7] = Math.SQRT1_2;
    return embedding;
  };

  it('is added with the keyboard: the clue is the mean, kept and followed', async () => {
    inRow('Anna', '.addTake').focus();
    await sendKeys({ press: 'Enter' });
    await until(() => element.state.addsTo === anna.id, 'the wish');
    expect(textOf(element)).to.include('Another recording of Anna').and.not.include('Import a voice');
    expect(focused()).to.equal(only(element, '#record'));
    await expectAccessible(element);
    await element.takeFile(await wav(OTHER));
    await phase('review');
    expect(find(element.shadowRoot!, 'input#name')).to.have.length(0);
    expect(only(element, '#save').textContent!.trim()).to.equal('Add to Anna');
    expect(described('#save')).to.include('it does not sound like the same person');
    expect(element.state.checked!.doubts).to.deep.equal(['another-voice']);
    expect(textOf(element)).to.include('it does not sound like the same person');
    await expectAccessible(element);
    await press('#save');
    await until(() => told.length === 1, 'the choice');
    const clue = element.clue!;
    expect(clue).to.include({ id: anna.id, name: 'Anna', createdAt: anna.createdAt });
    expect(clue.embedding).to.deep.equal(mean());
    expect(extractor.clues).to.deep.equal([mean()]);
    expect(clue.report!.voicedS).to.be.greaterThan(1.5 * anna.report!.voicedS);
    expect(row('Anna').textContent).to.match(/s of voice · 2 recordings/);
    expect(row('Bert').textContent).to.not.include('recordings');
    expect(element.state).to.include({ phase: 'idle', addsTo: null });
    expect(textOf(element)).to.include('The recording is added to Anna, who is followed now.');
    expect(element.clues).to.have.length(2);
  });

  it('is not doubted where it sounds alike, and comes from the microphone too', async () => {
    await element.takeFile(await wav(VOICE));
    await element.save('Carl');
    microphone = fakeMicrophone(VOICE);
    await element.addTake(element.clue!.id);
    await press('#record');
    await phase('review');
    expect(element.state.checked!.doubts).to.deep.equal([]);
    await element.save('');
    expect(element.clue).to.include({ name: 'Carl' });
    expect(element.clue!.takes).to.have.length(2);
  });

  it('is taken back, and the voice is followed as it was', async () => {
    await element.choose(anna.id);
    await element.addTake(anna.id);
    await settled(element);
    expect(find(element.shadowRoot!, '#forget')).to.have.length(0);
    await element.takeFile(await wav(OTHER));
    await element.save('');
    inRow('Anna', '.addTake').focus();
    await sendKeys({ press: 'Enter' });
    await settled(element);
    expect(textOf(element)).to.include('2 recordings so far.');
    await expectAccessible(element);
    only(element, '#forget').focus();
    await sendKeys({ press: 'Enter' });
    await until(() => element.clue!.takes.length === 1, 'one take');
    await settled(element);
    expect(element.clue).to.deep.equal(anna);
    expect(extractor.clues.at(-1)).to.deep.equal(anna.embedding);
    expect(textOf(element)).to.include('The last recording of Anna is forgotten.');
    expect(element.state).to.include({ phase: 'idle', addsTo: null });
    expect(focused()).to.equal(only(element, '#record'));
    await element.removeTake(anna.id);
    await settled(element);
    expect(textOf(element)).to.include('it is the only take of the voice');
  });

  it('is forgotten on cancel, refusal leaves the wish, and both leave the voice', async () => {
    await element.addTake(anna.id);
    await element.takeFile(await wav(VOICE.subarray(0, 48_000)));
    await settled(element);
    expect(textOf(element)).to.include('too short').and.include('Another recording of Anna');
    await press('#cancel');
    expect(textOf(element)).to.include('Record another voice').and.not.include('Another recording');
    await element.addTake(anna.id);
    await element.takeFile(await wav(OTHER));
    await press('#discard');
    expect(element.state.addsTo).to.equal(null);
    expect(element.clues[0]).to.deep.equal(anna);
    await element.takeFile(await wav(OTHER));
    await element.save('Carl');
    expect(element.clues).to.have.length(3);
  });

  it('is not asked for of a voice that is deleted meanwhile, or is not there', async () => {
    await element.addTake(anna.id);
    inRow('Anna', '.delete').click();
    await settled(element);
    inRow('Anna', '.danger').click();
    await until(() => element.clues.length === 1, 'the rest');
    expect(element.state.addsTo).to.equal(null);
    await element.addTake(anna.id);
    await settled(element);
    expect(textOf(element)).to.include('there is no such voice');
    expect(element.state.addsTo).to.equal(null);
  });

  it('is not offered for a voice of another model', async () => {
    await saved({ name: 'Old', clueEncoder: NEWER });
    document.body.replaceChildren();
    await show();
    await until(() => element.clues.length === 3, 'the voices');
    expect(row('Old').querySelector('.addTake')).to.equal(null);
    expect(inRow('Anna', '.addTake').getAttribute('aria-label')).to.equal('Add a recording of Anna');
  });
});

describe('voices of an earlier version of the model', () => {
  const RECORDING = { samples: VOICE, rateHz: 48_000 };
  const AGAIN =
    'Anna is enrolled again. The model has changed since. The recording that was kept served again.';
  const boxes = () =>
    [...element.renderRoot.querySelectorAll('notice-box')].map(({ heading, text }) => `${heading} ${text}`);
  const EARLIER = 'This voice was enrolled with an earlier version of the model. Enroll it again.';
  /** The visits so far were with the earlier version, this one is with the newer. */
  const update = async (wanted?: StoredClue) => {
    await show();
    await until(() => element.clues.length > 0, 'the voices');
    if (wanted !== undefined) await element.choose(wanted.id);
    document.body.replaceChildren();
    extractor = new FakeExtractor(NEWER);
    await show();
    await until(() => element.clues.length > 0, 'the voices');
  };
  const kept = async (id: string) => {
    const store = await ClueStore.open(STORE);
    const both = { clue: (await store.get(id))!, recordings: await store.recordings(id) };
    store.close();
    return both;
  };

  it('cannot be chosen, say what to do, and stay; others are as before', async () => {
    const anna = await saved({ name: 'Anna' });
    await saved({ name: 'Unknown', clueEncoder: null });
    await saved({ name: 'Bert', clueEncoder: NEWER, model: 'of another name' });
    await update();
    for (const name of ['Anna', 'Unknown']) {
      expect(inRow(name, 'input')).to.have.property('disabled', true);
      expect(inRow(name, '.remark').textContent).to.equal(EARLIER);
    }
    expect(row('Bert').querySelector('.remark')).to.equal(null);
    await element.choose(element.clues.find(({ name }) => name === 'Bert')!.id);
    expect(element.clue?.name).to.equal('Bert');
    await element.choose(anna.id);
    await settled(element);
    expect(boxes()).to.deep.equal([`Anna is not followed. ${EARLIER}`]);
    expect(element.clue?.name).to.equal('Bert');
    expect(told).to.deep.equal(['Bert']);
    expect(extractor.clues).to.have.length(1);
    await expectAccessible(element);
    expect(await kept(anna.id)).to.deep.equal({ clue: anna, recordings: [] });
  });

  it('are told where one was followed on the last visit, which goes on with the earlier version', async () => {
    const anna = await saved({ name: 'Anna' });
    await update(anna);
    await until(() => boxes().length > 0, 'the notice');
    expect(boxes()).to.deep.equal([`Anna is not followed. ${EARLIER}`]);
    expect(element.clue).to.equal(null);
    expect(told).to.deep.equal([]);
    await expectAccessible(element);
    give(new FakeExtractor());
    await until(() => element.clue?.id === anna.id, 'the voice');
    expect(boxes()).to.deep.equal([]);
  });

  it('are enrolled again where the recording was kept, when they are chosen', async () => {
    const anna = await saved({ name: 'Anna', recording: RECORDING });
    await update();
    expect(inRow('Anna', '.remark').textContent).to.include('it is enrolled again from its recording');
    let open!: () => void;
    extractor.gate = new Promise((resolve) => (open = resolve));
    inRow('Anna', 'input').click();
    await until(
      () => inRow('Anna', '.remark').textContent!.includes('Enrolling the voice again'),
      'it says so',
    );
    await expectAccessible(element);
    open();
    await until(() => element.clue !== null, 'the voice');
    expect(boxes()).to.deep.equal([AGAIN]);
    expect(row('Anna').querySelector('.remark')).to.equal(null);
    expect(inRow('Anna', 'input')).to.have.property('checked', true);
    expect(told).to.deep.equal(['Anna']);
    const { clue, recordings } = await kept(anna.id);
    expect(clue).to.deep.include({ name: 'Anna', createdAt: anna.createdAt, clueEncoder: NEWER });
    expect(clue.embedding[0]).to.equal(1);
    expect(extractor.clues).to.deep.equal([clue.embedding]);
    expect(recordings).to.deep.equal([RECORDING]);
    await expectAccessible(element);
  });

  it('are enrolled again from every recording that was kept', async () => {
    const anna = await saved({ name: 'Anna', recording: RECORDING });
    const store = await ClueStore.open(STORE);
    await store.addTake(anna.id, { ...anna, recording: RECORDING });
    store.close();
    await update();
    extractor.agrees = false;
    await element.choose(anna.id);
    const { clue, recordings } = await kept(anna.id);
    expect(recordings).to.have.length(2);
    expect(clue.takes.map(({ embedding }) => embedding.indexOf(1))).to.deep.equal([0, 1]);
    expect([...clue.embedding.subarray(0, 3)]).to.deep.equal([
      Math.fround(Math.SQRT1_2),
      Math.fround(Math.SQRT1_2),
      0,
    ]);
    expect(clue.report!.voicedS).to.be.closeTo(2 * checkEnrollment(VOICE, 48_000).voicedS, 1e-6);
    expect(extractor.clues).to.deep.equal([clue.embedding]);
  });

  it('are enrolled again by themselves where one was followed on the last visit', async () => {
    await update(await saved({ name: 'Anna', recording: RECORDING }));
    await until(() => element.clue !== null, 'the voice');
    expect(element.clue!.clueEncoder).to.equal(NEWER);
    expect(told).to.deep.equal(['Anna']);
    expect(boxes()).to.deep.equal([AGAIN]);
  });

  it('stay as they are where the recording is refused, which is told', async () => {
    const anna = await saved({
      name: 'Anna',
      recording: { samples: VOICE.slice(0, 48_000), rateHz: 48_000 },
    });
    await saved({ name: 'Bert', clueEncoder: NEWER });
    await update();
    await element.choose(element.clues[1].id);
    await element.choose(anna.id);
    await settled(element);
    expect(boxes()).to.have.length(1);
    expect(boxes()[0]).to.match(/^That did not work\. The enrollment is too short/);
    expect(inRow('Anna', '.remark').textContent).to.include('The model has changed since.');
    expect(element.clue?.name).to.equal('Bert');
    expect((await kept(anna.id)).clue).to.deep.equal(anna);
  });

  it('come in as files, and are told', async () => {
    const anna = await saved({ name: 'Anna' });
    await update();
    await element.takeFile(new File([exportClue({ ...anna, name: 'Carl' })], 'carl.clue.json'));
    await settled(element);
    expect(boxes()).to.deep.equal([`Carl is not followed. ${EARLIER}`]);
    expect(element.clues.map(({ name }) => name)).to.have.members(['Anna', 'Carl']);
    expect(told).to.deep.equal([]);
  });
});

it('says that voices are not kept where the browser keeps nothing', async () => {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = () => {
    throw new DOMException('forbidden on purpose', 'SecurityError');
  };
  try {
    await show();
    await element.takeFile(await wav(VOICE));
    await phase('review');
    await element.save('Anna');
    await settled(element);
    expect(textOf(element)).to.include('Kept until this page is closed.').and.include('forbidden on purpose');
    expect(element.clue?.name).to.equal('Anna');
    await expectAccessible(element);
  } finally {
    IDBFactory.prototype.open = open;
  }
});

it('keeps the recording only where the page wants it', async () => {
  await show();
  for (const [keepRecordings, wanted] of [
    [false, []],
    [true, [48_000]],
  ] as const) {
    element.keepRecordings = keepRecordings;
    await element.takeFile(await wav(VOICE));
    await element.save('Anna');
    const store = await ClueStore.open(STORE);
    const recordings = await store.recordings(element.clue!.id);
    store.close();
    expect(recordings.map(({ rateHz }) => rateHz)).to.deep.equal(wanted);
  }
});
