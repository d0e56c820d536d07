// A WAV that is written piece by piece, and stands under its name only once it is whole.
import { rmSync } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { encodeWav, wavHeader, type WavEncoding, type WrittenEncoding } from '../src/shared/wav.ts';
import { removed, writing } from './files.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export class WavFileWriter {
  readonly #file: string;
  readonly #unfinished: string;
  readonly #handle: FileHandle;
  readonly #encoding: WrittenEncoding;

  private constructor(file: string, unfinished: string, handle: FileHandle, encoding: WrittenEncoding) {
    this.#file = file;
    this.#unfinished = unfinished;
    this.#handle = handle;
    this.#encoding = encoding;
    for (const signal of SIGNALS) process.on(signal, this.#interrupt);
  }

  /** Who interrupts the command finds nothing unfinished. */
  readonly #interrupt = (signal: NodeJS.Signals) => {
    rmSync(this.#unfinished, { force: true });
    process.exit(128 + constants.signals[signal]);
  };

  /**
   * For `samples` samples of one channel, in the kind of `encoding`: floats for floats, else 16 bits.
   * @throws InputError where the file cannot be written, and so do the methods; WavError where it would be too long for a WAV.
   */
  static async create(
    file: string,
    { samples, rateHz, encoding }: { samples: number; rateHz: number; encoding: WavEncoding },
  ): Promise<WavFileWriter> {
    const written = encoding.startsWith('float') ? 'float32' : 'pcm16';
    const header = wavHeader(samples, rateHz, written);
    return writing(file, async (unfinished) => {
      await mkdir(path.dirname(file), { recursive: true });
      const handle = await open(unfinished, 'w');
      await handle.writeFile(header);
      return new WavFileWriter(file, unfinished, handle, written);
    });
  }

  async write(samples: Float32Array): Promise<void> {
    await this.#put(encodeWav(samples, this.#encoding));
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.#handle.close();
    await writing(this.#file, () => rename(this.#unfinished, this.#file));
    this.#forgetSignals();
  }

  /** Leaves nothing behind, and never fails. */
  async abandon(): Promise<void> {
    this.#forgetSignals();
    await this.#handle.close().catch(() => {});
    await removed(this.#unfinished);
  }

  #forgetSignals(): void {
    for (const signal of SIGNALS) process.off(signal, this.#interrupt);
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await writing(this.#file, () => this.#handle.writeFile(bytes));
  }
}
