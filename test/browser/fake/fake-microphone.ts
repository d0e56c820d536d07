// Instead of the browser's microphone: sound that a test chooses, or a refusal.
export interface FakeMicrophone {
  /** Every stream that was handed out. */
  readonly streams: MediaStream[];
  /** What was asked for. */
  readonly asked: MediaStreamConstraints[];
  restore(): Promise<void>;
}

/** `sound` at 48 kHz, over and over; or an error with which every request is refused. */
export function fakeMicrophone(sound: Float32Array<ArrayBuffer> | DOMException): FakeMicrophone {
  const devices = navigator.mediaDevices;
  const contexts: AudioContext[] = [];
  const fake: FakeMicrophone = {
    streams: [],
    asked: [],
    async restore() {
      Reflect.deleteProperty(devices, 'getUserMedia');
      await Promise.all(contexts.map((context) => context.close()));
    },
  };
  Object.defineProperty(devices, 'getUserMedia', {
    configurable: true,
    async value(constraints: MediaStreamConstraints) {
      fake.asked.push(constraints);
      if (sound instanceof DOMException) throw sound;
      const context = new AudioContext({ sampleRate: 48_000 });
      contexts.push(context);
      const buffer = new AudioBuffer({ length: sound.length, numberOfChannels: 1, sampleRate: 48_000 });
      buffer.copyToChannel(sound, 0);
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      source.connect(destination);
      source.start();
      fake.streams.push(destination.stream);
      return destination.stream;
    },
  });
  return fake;
}
