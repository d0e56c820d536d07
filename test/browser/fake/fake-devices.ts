// Puts something else in the place of what the browser offers, for one test; and microphones that can be unplugged.

const undo: (() => void)[] = [];

/** Until `restoreAll`. Works for what the object inherits, too. */
export function replace<Host extends object, Name extends keyof Host>(
  host: Host,
  name: Name,
  value: unknown,
): void {
  const own = Object.getOwnPropertyDescriptor(host, name);
  Object.defineProperty(host, name, { value, configurable: true, writable: true });
  undo.push(() => {
    if (own === undefined) delete host[name];
    else Object.defineProperty(host, name, own);
  });
}

export function restoreAll(): void {
  for (const restore of undo.splice(0).reverse()) restore();
}

export interface OpenedStream {
  readonly stream: MediaStream;
  readonly constraints: MediaTrackConstraints;
}

/** The browser's own fake microphones, and what was asked of them. `before` may refuse. */
export function watchMicrophones(before: (count: number) => Promise<void> | void = () => {}): OpenedStream[] {
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  const opened: OpenedStream[] = [];
  let count = 0;
  replace(mediaDevices, 'getUserMedia', async (constraints: { audio: MediaTrackConstraints }) => {
    await before(count++);
    const stream = await original(constraints);
    opened.push({ stream, constraints: constraints.audio });
    return stream;
  });
  return opened;
}

export const trackOf = ({ stream }: OpenedStream): MediaStreamTrack => stream.getAudioTracks()[0];

/** As the browser does when a device is gone: the track ends and tells so. */
export function unplug(track: MediaStreamTrack): void {
  track.stop();
  track.dispatchEvent(new Event('ended'));
}

/** The id of a microphone that is not the default one. Opens one for it, and closes it: who never had one is told no ids. */
export async function lastMicrophoneId(): Promise<string> {
  const opened = await navigator.mediaDevices.getUserMedia({ audio: {} });
  opened.getTracks().forEach((track) => track.stop());
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.findLast(({ kind }) => kind === 'audioinput')!.deviceId;
}

/** A permission whose state the test decides. */
export function fakePermission(state: PermissionState): { set(state: PermissionState): void } {
  const status = Object.assign(new EventTarget(), { state });
  replace(navigator.permissions, 'query', async () => status);
  return {
    set(next) {
      status.state = next;
      status.dispatchEvent(new Event('change'));
    },
  };
}
