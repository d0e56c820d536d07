// Real life: microphones that are chosen, unplugged, plugged in again, muted, forbidden; contexts that are halted, of another
// rate, closed. The microphones are the browser's own fake ones; where it gives no handle, a fake stands in for the event.
import { expect } from 'chai';
import type {} from 'mocha';
import { AudioContextError, MicrophoneError } from '../../src/index.ts';
import type { Extractor, ExtractorEvents } from '../../src/index.ts';
import {
  fakePermission,
  lastMicrophoneId,
  replace,
  restoreAll,
  trackOf,
  unplug,
  watchMicrophones,
} from './fake/fake-devices.ts';
import { bufferSource, fakeExtractor, music, rejection, until } from './fake/fake-extractor.ts';

let extractor: Extractor | undefined;
let context: AudioContext | undefined;
afterEach(async () => {
  restoreAll();
  await extractor?.dispose();
  if (context !== undefined && context.state !== 'closed') await context.close();
  extractor = context = undefined;
});

/** The next event of a kind. */
function next<Type extends keyof ExtractorEvents>(
  made: Extractor,
  type: Type,
): Promise<ExtractorEvents[Type]> {
  return new Promise((resolve) => {
    const end = made.on(type, (event) => {
      end();
      resolve(event);
    });
  });
}

const devicesChanged = () => navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
const unprocessed = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

describe('a microphone of its own', () => {
  it('is the one that is asked for, without the processing of the browser unless that is asked for too', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones();
    const deviceId = await lastMicrophoneId();
    expect(deviceId).to.not.equal('');
    const told = next(made, 'inputchange');
    await made.start({ deviceId });
    expect(await told).to.include({ deviceId, label: trackOf(opened[1]).label });
    expect(trackOf(opened[1]).getSettings().deviceId).to.equal(deviceId);
    expect(opened[1].constraints).to.deep.equal({ ...unprocessed, deviceId: { exact: deviceId } });
    await made.start({ deviceId, constraints: { echoCancellation: true } });
    expect(opened[2].constraints).to.include({ echoCancellation: true, autoGainControl: false });
    expect(trackOf(opened[1]).readyState).to.equal('ended');
  });

  it('that is not there is refused by name', async () => {
    const made = (extractor = await fakeExtractor(''));
    const error = await rejection(made.start({ deviceId: 'none such' }));
    expect(error).to.be.instanceOf(MicrophoneError);
    expect(error.message).to.match(/asked for was not found/);
    expect(made.state).to.equal('stopped');
  });

  it('that is unplugged is replaced by the default one, and the stream goes on', async () => {
    const made = (extractor = await fakeExtractor('gain=1', { slackMs: 120 }));
    const opened = watchMicrophones();
    await made.start();
    const states: string[] = [];
    made.on('statechange', ({ state }) => states.push(state));
    made.on('error', ({ error }) => states.push(error.message));
    const told = next(made, 'inputchange');
    unplug(trackOf(opened[0]));
    const { label, why } = await told;
    expect(why).to.match(/gone/);
    expect(label).to.equal(trackOf(opened[1]).label);
    expect(opened[1].constraints).to.not.have.property('deviceId');
    const { quanta } = await made.stats();
    expect(quanta).to.be.greaterThan(0);
    // The new one's beep arrives.
    await until(() => made.levels().inputPeak > 0.01, 'sound from the new microphone');
    expect(states).to.deep.equal([]);
    await made.stop();
    expect(trackOf(opened[1]).readyState).to.equal('ended');
  });

  it('that is gone without its track telling is found out by the list of devices, and taken again when it is back', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones();
    const deviceId = await lastMicrophoneId();
    await made.start({ deviceId });
    const { mediaDevices } = navigator;
    const all = await mediaDevices.enumerateDevices();
    let present = all.filter((device) => device.deviceId !== deviceId);
    replace(mediaDevices, 'enumerateDevices', async () => present);
    const gone = next(made, 'inputchange');
    devicesChanged();
    expect((await gone).deviceId).to.not.equal(deviceId);
    expect(trackOf(opened[1]).readyState).to.equal('ended');
    present = all;
    const back = next(made, 'inputchange');
    devicesChanged();
    expect(await back).to.deep.include({ deviceId, why: 'the one that was asked for is back' });
    // Nothing more to change.
    devicesChanged();
    devicesChanged();
    await until(() => made.levels().inputPeak > 0.01, 'sound');
    expect(opened.length).to.equal(4);
  });

  it('that is plugged in again while another is being opened in its place is taken again', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones();
    const deviceId = await lastMicrophoneId();
    await made.start({ deviceId });
    const all = await navigator.mediaDevices.enumerateDevices();
    let present = all.filter((device) => device.deviceId !== deviceId);
    replace(navigator.mediaDevices, 'enumerateDevices', async () => present);
    const now: string[] = [];
    made.on('inputchange', (microphone) => now.push(microphone.deviceId));
    unplug(trackOf(opened[1]));
    devicesChanged();
    present = all;
    devicesChanged();
    await until(() => now.at(-1) === deviceId, 'the one that was asked for');
    expect(now).to.have.length(2);
  });

  it('that constraints asked for is replaced by another, too', async () => {
    const made = (extractor = await fakeExtractor(''));
    const deviceId = await lastMicrophoneId();
    const opened = watchMicrophones();
    await made.start({ constraints: { deviceId: { exact: deviceId }, echoCancellation: true } });
    const told = next(made, 'inputchange');
    unplug(trackOf(opened[0]));
    expect((await told).why).to.equal('the one before is gone');
    expect(opened[1].constraints).to.deep.equal({ ...unprocessed, echoCancellation: true });
  });

  it('that was the last one stops the extractor with a MicrophoneError', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones((count) => {
      if (count > 0) throw new DOMException('none', 'NotFoundError');
    });
    await made.start();
    const failed = next(made, 'error');
    const stopped = next(made, 'statechange');
    unplug(trackOf(opened[0]));
    const { error } = await failed;
    expect(error).to.be.instanceOf(MicrophoneError);
    expect(error.message).to.match(/none was found/);
    expect(await stopped).to.deep.equal({ state: 'stopped' });
  });

  it('whose permission is taken back is not asked for again', async () => {
    for (const tells of ['permission', 'track'] as const) {
      const permission = fakePermission('granted');
      const made = (extractor = await fakeExtractor(''));
      const opened = watchMicrophones();
      await made.start();
      const failed = next(made, 'error');
      if (tells === 'permission') permission.set('prompt');
      else {
        replace(navigator.permissions, 'query', undefined);
        permission.set('denied');
        unplug(trackOf(opened[0]));
      }
      const { error } = await failed;
      expect(error).to.be.instanceOf(MicrophoneError);
      expect(error.message).to.match(/taken back.*Allow the microphone/);
      await made.dispose();
      expect(opened.length).to.equal(1);
      expect(trackOf(opened[0]).readyState).to.equal('ended');
      restoreAll();
    }
  });

  it('may have another rate than the context', async () => {
    const made = (extractor = await fakeExtractor('gain=1', { rateHz: 32_000, slackMs: 120 }));
    const opened = watchMicrophones();
    await made.start();
    expect(trackOf(opened[0]).getSettings().sampleRate).to.not.equal(32_000);
    await until(() => made.levels().outputPeak > 0.01, 'sound');
  });

  it('works where the browser does not tell about permissions', async () => {
    replace(navigator.permissions, 'query', async () => {
      throw new TypeError('no such permission');
    });
    const made = (extractor = await fakeExtractor(''));
    await made.start();
    expect(made.state).to.equal('running');
  });

  it('that nobody waits for any more is closed when the user allows it at last', async () => {
    const made = (extractor = await fakeExtractor(''));
    let allow: (() => void) | undefined;
    const opened = watchMicrophones(() => new Promise((resolve) => (allow = resolve)));
    const started = rejection(made.start());
    await until(() => allow !== undefined, 'the question');
    await made.stop();
    expect((await started).name).to.equal('AbortError');
    expect(made.state).to.equal('stopped');
    allow!();
    await until(() => opened.length === 1 && trackOf(opened[0]).readyState === 'ended', 'its closing');
  });

  it('is told to be missing while another one waits for the user', async () => {
    let allow: () => void = () => {};
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones((count) =>
      count === 0 ? undefined : new Promise((resolve) => (allow = resolve)),
    );
    await made.start();
    const missing = next(made, 'interruption');
    unplug(trackOf(opened[0]));
    expect(await missing).to.deep.equal({
      state: 'interrupted',
      why: 'another microphone is being opened: the one before is gone',
    });
    expect(made.interruption).to.match(/another microphone/);
    const back = next(made, 'interruption');
    allow();
    expect((await back).state).to.equal('resumed');
    expect(made.interruption).to.equal(null);
  });

  it('that is muted by the system is told, and its return', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones();
    await made.start();
    const muted = next(made, 'interruption');
    trackOf(opened[0]).dispatchEvent(new Event('mute'));
    expect((await muted).state).to.equal('interrupted');
    expect((await muted).why).to.match(/brings no sound/);
    expect(made.interruption).to.match(/muted/);
    const back = next(made, 'interruption');
    trackOf(opened[0]).dispatchEvent(new Event('unmute'));
    expect((await back).state).to.equal('resumed');
    expect(made.interruption).to.equal(null);
  });
});

describe('a context', () => {
  it('of its own that the browser halts is brought back', async () => {
    const made = (extractor = await fakeExtractor(''));
    await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
    const told: string[] = [];
    made.on('interruption', ({ state, why }) => told.push(`${state}: ${why}`));
    await made.context.suspend();
    await until(() => told.length === 2, 'the return');
    expect(told[0]).to.match(/^interrupted: .*halted.*suspended/);
    expect(told[1]).to.match(/^resumed: /);
    expect(made.context.state).to.equal('running');
    expect(made.state).to.equal('running');
  });

  it('of its own that may not come back at once is asked again at every occasion', async () => {
    const made = (extractor = await fakeExtractor(''));
    await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
    let asked = 0;
    replace(made.context, 'resume', () => {
      asked++;
      return Promise.reject(new DOMException('a phone call', 'InvalidStateError'));
    });
    replace(made.context, 'state', 'interrupted');
    made.context.dispatchEvent(new Event('statechange'));
    expect(made.interruption).to.match(/interrupted/);
    expect(asked).to.equal(1);
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('pointerdown'));
    window.dispatchEvent(new Event('keydown'));
    devicesChanged();
    expect(asked).to.equal(5);
    const back = next(made, 'interruption');
    restoreAll();
    made.context.dispatchEvent(new Event('statechange'));
    expect((await back).state).to.equal('resumed');
    window.dispatchEvent(new Event('pointerdown'));
    expect(asked).to.equal(5);
  });

  it("that is the page's is left to the page, and its return is told", async () => {
    context = new AudioContext();
    const made = (extractor = await fakeExtractor('', { context }));
    await made.start(bufferSource(context, [music(context.sampleRate, 0.1)]));
    const halted = next(made, 'interruption');
    await context.suspend();
    expect((await halted).state).to.equal('interrupted');
    const back = next(made, 'interruption');
    await context.resume();
    expect((await back).state).to.equal('resumed');
    await made.stop();
    await context.suspend();
    expect(made.interruption).to.equal(null);
  });

  it('that is closed while it starts, or cannot be brought back, is told by name', async () => {
    context = new AudioContext();
    const made = (extractor = await fakeExtractor('', { context }));
    replace(context, 'state', 'interrupted');
    replace(context, 'resume', () => Promise.reject(new DOMException('no device', 'InvalidStateError')));
    const refused = await rejection(made.start(new GainNode(context)));
    expect(refused).to.be.instanceOf(AudioContextError);
    expect(refused.message).to.match(/got state 'interrupted' \(InvalidStateError: no device\)/);
    restoreAll();
    await context.resume();
    const starting = rejection(made.start());
    await context.close();
    expect(await starting).to.be.instanceOf(AudioContextError);
    expect(made.state).to.equal('stopped');
  });

  it('that is closed under it stops it with an AudioContextError', async () => {
    context = new AudioContext();
    const made = (extractor = await fakeExtractor('', { context }));
    await made.start(bufferSource(context, [music(context.sampleRate, 0.1)]));
    const failed = next(made, 'error');
    await context.close();
    const { error } = await failed;
    expect(error).to.be.instanceOf(AudioContextError);
    expect(error.message).to.match(/was closed while/);
    expect(await rejection(made.start())).to.be.instanceOf(AudioContextError);
  });

  it('goes on when another output device is chosen, and falls back to the default one when that fails', async () => {
    const made = (extractor = await fakeExtractor(''));
    await made.start(bufferSource(made.context, [music(made.context.sampleRate, 0.1)]));
    const sinks: string[] = [];
    replace(made.context, 'sinkId' as keyof AudioContext, 'headphones');
    replace(made.context, 'setSinkId' as keyof AudioContext, async (sink: string) => void sinks.push(sink));
    made.context.dispatchEvent(new Event('error'));
    await made.context.suspend();
    await until(() => made.interruption === null && made.context.state === 'running', 'the return');
    expect(sinks).to.deep.equal(['']);
    expect(made.state).to.equal('running');
  });

  it('takes its rate from the options where it is its own', async () => {
    const made = (extractor = await fakeExtractor('', { rateHz: 44_100 }));
    expect(made.context.sampleRate).to.equal(44_100);
  });

  it('whose rate the browser does not bring together with the track is told with both rates and a remedy', async () => {
    const made = (extractor = await fakeExtractor(''));
    const opened = watchMicrophones();
    class Refusing {
      constructor() {
        throw new DOMException('different sample-rate is not supported', 'NotSupportedError');
      }
    }
    replace(window, 'MediaStreamAudioSourceNode', Refusing);
    const error = await rejection(made.start());
    expect(error).to.be.instanceOf(AudioContextError);
    expect(error.message).to.match(/another sample rate.*got \d+ Hz.*rate of the microphone/);
    expect(trackOf(opened[0]).readyState).to.equal('ended');
    expect(made.state).to.equal('stopped');
  });
});
