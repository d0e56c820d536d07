// A microphone of the extractor's own: opened, watched, replaced by the default one when it is unplugged, closed.
import type { InputTarget, InputWatcher } from './input-target.ts';
import { openMicrophone, permissionTakenBack } from './microphone.ts';
import { watchPermission, type PermissionWatch } from './microphone-permission.ts';
import type { MicrophoneError } from './shared/errors.ts';
import { soundTrack, streamNode, watchTrack } from './stream-node.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface MicrophoneChoice {
  /** One of `navigator.mediaDevices.enumerateDevices()`; the system's default where none is given. */
  readonly deviceId?: string;
  /** Added to (and may override) MICROPHONE_CONSTRAINTS. */
  readonly constraints?: MediaTrackConstraints;
}

interface Opened {
  readonly track: MediaStreamTrack;
  close(): void;
}

const LOOK_EVERY_MS = 10;
const MUTED_AFTER_MS = 500;

export class MicrophoneInput {
  readonly #choice: MicrophoneChoice;
  readonly #target: InputTarget;
  readonly #watcher: InputWatcher;
  readonly #closed = new AbortController();
  #opened: Opened | undefined;
  #permission: PermissionWatch | undefined;
  #isReplacing = false;
  /** The devices changed while one was being replaced. */
  #mustLookAgain = false;

  /** Throws MicrophoneError, AudioContextError or the signal's reason; nothing is open then. */
  static async open(
    choice: MicrophoneChoice,
    target: InputTarget,
    watcher: InputWatcher,
  ): Promise<MicrophoneInput> {
    const input = new MicrophoneInput(choice, target, watcher);
    const isClosed = input.#closed.signal;
    target.signal.addEventListener('abort', () => input.close(target.signal.reason), { signal: isClosed });
    try {
      target.signal.throwIfAborted();
      await input.#open(asked(choice), 'it was asked for');
      input.#permission = await watchPermission(() => input.#fail(permissionTakenBack()));
    } catch (error) {
      input.close();
      throw error;
    }
    navigator.mediaDevices.addEventListener('devicechange', () => void input.#lookAtDevices(), {
      signal: isClosed,
    });
    return input;
  }

  private constructor(choice: MicrophoneChoice, target: InputTarget, watcher: InputWatcher) {
    this.#choice = choice;
    this.#target = target;
    this.#watcher = watcher;
  }

  close(reason?: unknown): void {
    this.#closed.abort(reason);
    this.#permission?.close();
    this.#opened?.close();
    this.#opened = undefined;
  }

  async #open(constraints: MediaTrackConstraints, why: string): Promise<void> {
    const { context, node } = this.#target;
    const isClosed = this.#closed.signal;
    const stream = await openUnless(isClosed, constraints);
    const [track] = stream.getAudioTracks();
    try {
      const source = streamNode(context, track);
      await soundArrives(source, context);
      isClosed.throwIfAborted();
      soundTrack(stream, 'start');
      source.connect(node);
      this.#watcher.onOpened({ label: track.label, deviceId: track.getSettings().deviceId ?? '', why });
      const forget = watchTrack(track, {
        onEnded: () => void this.#replace('the one before is gone'),
        onMuted: this.#watcher.onInterrupted,
        onUnmuted: this.#watcher.onResumed,
      });
      this.#opened = {
        track,
        close() {
          forget();
          source.disconnect();
          track.stop();
        },
      };
    } catch (error) {
      track.stop();
      throw error;
    }
  }

  /** Not every browser ends the track of a device that is gone; and the one that was asked for may be back. */
  async #lookAtDevices(): Promise<void> {
    this.#mustLookAgain = this.#isReplacing;
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const present = devices.filter(({ kind }) => kind === 'audioinput').map(({ deviceId }) => deviceId);
    const current = this.#opened?.track.getSettings().deviceId;
    const wanted = this.#choice.deviceId;
    if (current === undefined || current === '') return;
    if (!present.includes(current)) await this.#replace('the one before is gone');
    else if (wanted !== undefined && wanted !== current && present.includes(wanted))
      await this.#replace('the one that was asked for is back', asked(this.#choice));
  }

  /** Another microphone in the place of the one that is open: the default one, or where that can be had, who fits `wanted`. */
  async #replace(why: string, wanted?: MediaTrackConstraints): Promise<void> {
    if (this.#isReplacing || this.#closed.signal.aborted) return;
    // Who takes back the permission does not want to be asked for it at once.
    if (this.#permission?.wasTakenBack()) return this.#fail(permissionTakenBack());
    this.#isReplacing = true;
    this.#opened?.close();
    this.#opened = undefined;
    // It may take the user, who is asked.
    this.#watcher.onInterrupted(`another microphone is being opened: ${why}`);
    try {
      const byDefault = anyOther(this.#choice);
      if (wanted === undefined) await this.#open(byDefault, why);
      else await this.#open(wanted, why).catch(() => this.#open(byDefault, 'the one before is gone'));
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#fail(error as MicrophoneError);
    } finally {
      this.#isReplacing = false;
    }
    if (this.#mustLookAgain) await this.#lookAtDevices();
  }

  #fail(error: MicrophoneError): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    this.#watcher.onEnded(error);
  }
}

function asked({ deviceId, constraints }: MicrophoneChoice): MediaTrackConstraints {
  return deviceId === undefined ? { ...constraints } : { ...constraints, deviceId: { exact: deviceId } };
}

function anyOther({ constraints }: MicrophoneChoice): MediaTrackConstraints {
  const others = { ...constraints };
  delete others.deviceId;
  delete others.groupId;
  return others;
}

/** A microphone that the user allows when nobody waits for it any more is closed at once. */
async function openUnless(signal: AbortSignal, constraints: MediaTrackConstraints): Promise<MediaStream> {
  const opening = openMicrophone(constraints);
  try {
    return await unlessAborted(signal, opening);
  } catch (error) {
    const stop = (stream: MediaStream) => stream.getTracks().forEach((track) => track.stop());
    opening.then(stop, () => {});
    throw error;
  }
}

/**
 * A microphone begins with silence until its first buffers are there. The model would take it for a quiet room and be wrong about the
 * level for a while, so it is not shown that. One that stays silent is muted, which is its right.
 */
async function soundArrives(node: AudioNode, context: BaseAudioContext): Promise<void> {
  const analyser = new AnalyserNode(context, { fftSize: 256 });
  const newest = new Float32Array(analyser.fftSize);
  node.connect(analyser);
  // By the clock: timers of a page behind others come once a second.
  const mutedFromMs = performance.now() + MUTED_AFTER_MS;
  while (performance.now() < mutedFromMs) {
    analyser.getFloatTimeDomainData(newest);
    if (newest.some((sample) => sample !== 0)) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  node.disconnect(analyser);
}
