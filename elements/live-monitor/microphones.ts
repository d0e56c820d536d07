// The microphones of this machine, as far as the page may know them.

export class Microphones {
  readonly #tell: (devices: readonly MediaDeviceInfo[]) => void;

  /** `tell` is called with those that have a name of their own; the system's default and nameless ones are left out. */
  constructor(tell: (devices: readonly MediaDeviceInfo[]) => void) {
    this.#tell = tell;
  }

  watch(): void {
    devices()?.addEventListener('devicechange', this.look);
    this.look();
  }

  forget(): void {
    devices()?.removeEventListener('devicechange', this.look);
  }

  readonly look = async (): Promise<void> => {
    const all =
      (await devices()
        ?.enumerateDevices()
        .catch(() => [])) ?? [];
    this.#tell(
      all.filter(
        ({ kind, deviceId }) =>
          kind === 'audioinput' && !['', 'default', 'communications'].includes(deviceId),
      ),
    );
  };
}

/** Missing where the page is not served securely. */
function devices(): MediaDevices | undefined {
  return navigator.mediaDevices as MediaDevices | undefined;
}
