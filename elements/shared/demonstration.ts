// A demonstration: a mixture to listen to and an enrollment of one of its voices, both from files of a folder.
import { InputError } from '../../src/index.ts';
import type { Clue, Extractor } from '../../src/index.ts';
import type { LiveSource, OpenSource } from '../live-monitor/source.ts';

export class Demonstration implements LiveSource {
  readonly voice: string;
  readonly #folder: URL;
  #clue: Promise<Clue> | undefined;

  /** `folder` has `mixture.wav` and `enrollment.wav`; relative to the page. */
  constructor(folder: string, voice: string) {
    this.#folder = new URL(folder.replace(/\/*$/, '/'), document.baseURI);
    this.voice = voice;
  }

  /** The clue of its voice, made once. Rejects with InputError where a file cannot be had. */
  clue(extractor: Extractor): Promise<Clue> {
    this.#clue ??= this.#enroll(extractor).catch((error) => {
      this.#clue = undefined;
      throw error;
    });
    return this.#clue;
  }

  /** The mixture's file, as it is. Rejects with InputError where it cannot be had. */
  mixture(signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.#bytes('mixture.wav', signal);
  }

  async open(context: AudioContext, signal?: AbortSignal): Promise<OpenSource> {
    const buffer = await context.decodeAudioData(await this.mixture(signal));
    const node = new AudioBufferSourceNode(context, { buffer, loop: true });
    let hasBegun = false;
    return {
      node,
      begin() {
        hasBegun = true;
        node.start();
      },
      close() {
        if (hasBegun) node.stop();
      },
    };
  }

  async #enroll(extractor: Extractor): Promise<Clue> {
    const buffer = await extractor.context.decodeAudioData(await this.#bytes('enrollment.wav'));
    return extractor.enroll(buffer, { use: false });
  }

  async #bytes(file: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const url = new URL(file, this.#folder);
    const response = await fetch(url, { signal }).catch((error: unknown) => String(error));
    if (typeof response !== 'string' && response.ok) return response.arrayBuffer();
    throw new InputError('could not be loaded', {
      where: `the demonstration's ${file}`,
      got: typeof response === 'string' ? response : `HTTP status ${response.status}`,
      remedy: 'Check the connection and start again',
    });
  }
}
