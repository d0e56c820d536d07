// A WAV on disk that is read piece by piece: a stream of hours costs no more memory than one of seconds.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { InputError } from '../src/shared/errors.ts';
import { decodeWav, readWavLayout, wavFrameBytes, type WavLayout } from '../src/shared/wav.ts';
import type { SampleSource } from './file-extractor.ts';
import { reasonOf } from './files.ts';

export class WavFile implements SampleSource {
  readonly layout: WavLayout;
  readonly #descriptor: number;
  /** Of a pipe, which can be read once and in order only. */
  #whole: Uint8Array | undefined;
  #bytes = new Uint8Array(0);

  /** Throws InputError where the file cannot be read, WavError where it is no WAV that is read. */
  constructor(readonly file: string) {
    this.#descriptor = this.#readable(() => openSync(file, 'r'));
    try {
      const found = fstatSync(this.#descriptor);
      if (!found.isFile()) this.#whole = this.#readable(() => readFileSync(this.#descriptor));
      this.layout = readWavLayout(
        {
          byteLength: this.#whole?.length ?? found.size,
          view: (start, length) => this.#view(start, length),
        },
        file,
      );
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get rateHz(): number {
    return this.layout.rateHz;
  }

  get samples(): number {
    return this.layout.samples;
  }

  /** Samples from `start` on → `into`, until that is full; the mean of the channels. Throws InputError where the disk does not give them. */
  read(start: number, into: Float32Array): void {
    const { layout } = this;
    const frameBytes = wavFrameBytes(layout);
    const data = this.#view(layout.startBytes + start * frameBytes, into.length * frameBytes);
    if (data.byteLength < into.length * frameBytes)
      throw new InputError('ended while it was read', {
        where: this.file,
        expected: `${layout.samples} samples`,
        got: `${start + Math.floor(data.byteLength / frameBytes)}`,
        remedy: 'Leave the file alone until the command has ended.',
      });
    if (layout.channels === 1) return decodeWav(layout, data, 0, into);
    const channel = new Float32Array(into.length);
    into.fill(0);
    for (let c = 0; c < layout.channels; c++) {
      decodeWav(layout, data, c, channel);
      for (let n = 0; n < into.length; n++) into[n] += channel[n] / layout.channels;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readable<Value>(task: () => Value): Value {
    try {
      return task();
    } catch (error) {
      throw new InputError('cannot be read', {
        where: this.file,
        got: reasonOf(error),
        remedy: 'Check the path.',
      });
    }
  }

  #view(start: number, length: number): DataView {
    const whole = this.#whole;
    if (whole !== undefined) {
      const there = whole.subarray(start, start + length);
      return new DataView(there.buffer, there.byteOffset, there.length);
    }
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    const there = this.#readable(() => readSync(this.#descriptor, this.#bytes, 0, length, start));
    return new DataView(this.#bytes.buffer, 0, there);
  }
}
