// The far end of the call: plays what arrives when asked to, and shows how loud it is.
import type { LevelMeter } from '../../components/readouts/level-meter.ts';
import { levelsDb } from '../../src/shared/decibels.ts';

const LOOK_EVERY_MS = 100;

export class FarEnd {
  readonly #player: HTMLAudioElement;
  readonly #meter: LevelMeter;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(player: HTMLAudioElement, meter: LevelMeter) {
    this.#player = player;
    this.#meter = meter;
  }

  hear(heard: MediaStream): void {
    // Muted at first: loudspeakers beside an open microphone howl. Without a player that plays, Chromium gives nobody a call's sound.
    this.#player.srcObject = heard;
    this.#player.muted = true;
    void this.#player.play();
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 4096 });
    new MediaStreamAudioSourceNode(context, { mediaStream: heard }).connect(analyser);
    const newest = new Float32Array(analyser.fftSize);
    this.#context = context;
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(newest);
      const { rmsDb, peakDb } = levelsDb(newest);
      this.#show(rmsDb, peakDb);
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#player.srcObject = null;
    void this.#context?.close();
    this.#show(-Infinity, -Infinity);
  }

  #show(rmsDb: number, peakDb: number): void {
    this.#meter.rmsDb = rmsDb;
    this.#meter.peakDb = peakDb;
  }
}
