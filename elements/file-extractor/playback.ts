// Two sounds of one time in one transport: a file with one on the left and one on the right, of which one is heard at a time.
import type { Heard, PlayState } from '../../components/files/file-state.ts';

const FADE_S = 0.01;

export class FilePlayback {
  readonly #audio: HTMLAudioElement;
  readonly #url: string;
  readonly #onChange: () => void;
  #context: AudioContext | undefined;
  #gains: readonly GainNode[] = [];
  #heard: Heard;
  #frame = 0;

  /** `both`: mixture left, estimate right. `onChange` is told whenever the state is another one. */
  constructor(both: Blob, heard: Heard, onChange: () => void) {
    this.#url = URL.createObjectURL(both);
    this.#audio = new Audio(this.#url);
    this.#heard = heard;
    this.#onChange = onChange;
    for (const type of ['play', 'pause', 'seeked', 'ended'])
      this.#audio.addEventListener(type, () => this.#follow());
  }

  get state(): PlayState {
    return { positionS: this.#audio.currentTime, isPlaying: !this.#audio.paused, heard: this.#heard };
  }

  /** Plays, or pauses where it plays. Call it from a user's gesture. */
  async toggle(): Promise<void> {
    if (!this.#audio.paused) return this.#audio.pause();
    this.#context ??= this.#connect();
    await this.#context.resume();
    // Whoever pauses before it plays ends the waiting with an error that tells nothing new.
    await this.#audio.play().catch(() => {});
  }

  seek(positionS: number): void {
    this.#audio.currentTime = positionS;
    this.#onChange();
  }

  /** At the same position, at once. */
  hear(heard: Heard): void {
    this.#heard = heard;
    const { currentTime = 0 } = this.#context ?? {};
    for (const [n, gain] of this.#gains.entries())
      gain.gain.setTargetAtTime(n === (heard === 'before' ? 0 : 1) ? 1 : 0, currentTime, FADE_S / 3);
    this.#onChange();
  }

  /** Ends it; nothing is told any more. */
  release(): void {
    cancelAnimationFrame(this.#frame);
    this.#audio.pause();
    this.#audio.removeAttribute('src');
    this.#audio.load();
    URL.revokeObjectURL(this.#url);
    void this.#context?.close();
  }

  #connect(): AudioContext {
    const context = new AudioContext();
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    context.createMediaElementSource(this.#audio).connect(splitter);
    this.#gains = [0, 1].map((channel) => {
      const gain = new GainNode(context, { gain: channel === (this.#heard === 'before' ? 0 : 1) ? 1 : 0 });
      splitter.connect(gain, channel).connect(context.destination);
      return gain;
    });
    return context;
  }

  /** Tells the position with every frame while it plays. */
  readonly #follow = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#onChange();
    if (!this.#audio.paused) this.#frame = requestAnimationFrame(this.#follow);
  };
}
