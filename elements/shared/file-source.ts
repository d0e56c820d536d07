// A sound file that is read piece by piece: a WAV from the disk, so that hours of it take no memory; anything else decoded at once.
import { checkRecordingRate } from '../../src/shared/audio-constants.ts';
import { InputError, WavError } from '../../src/shared/errors.ts';
import { decodeWav, OTHER_FORMAT, readWavLayout, wavFrameBytes } from '../../src/shared/wav.ts';
import type { WavLayout } from '../../src/shared/wav.ts';
import { readAudio } from './audio-file.ts';

/** Two hours at 48 kHz. */
export const MAX_SAMPLES = 2 * 3600 * 48_000;
/** What is no WAV is decoded as a whole: half an hour of it in stereo is 0.7 GB. */
export const MAX_DECODED_S = 1800;

/** For the browser to find out how long a file is: for some that are damaged it never does. */
const MAX_WAIT_MS = 3000;
/** Format and chunks before the sound lie within. */
const HEAD_BYTES = 1 << 20;
/** Samples that are decoded before the page may do something else. */
const SLICE_SAMPLES = 1 << 19;

export interface FileSource {
  readonly rateHz: number;
  /** Of each channel. */
  readonly samples: number;
  /** In the file. */
  readonly channels: number;
  /** The mean of all channels [count], from sample `start` on. Rejects where the file is gone. */
  read(start: number, count: number): Promise<Float32Array>;
}

/** Rejects with WavError or InputError, naming the file: no sound, empty, too long, not to be read; with AudioContextError where its rate is not 8 to 192 kHz. */
export async function openSource(file: File): Promise<FileSource> {
  const source = (await openWav(file)) ?? (await decode(file));
  if (source.samples === 0)
    throw new InputError('holds no sound', {
      where: file.name,
      expected: 'at least one sample',
      got: 'none',
      remedy: 'Choose another file',
    });
  if (source.samples > MAX_SAMPLES)
    throw tooLong(file, 'at most 2 h at 48 kHz', `${minutes(source.samples / source.rateHz)}`);
  checkRecordingRate(source.rateHz, file.name);
  return source;
}

/** Null where it is no WAV, or one that only the browser may know how to read. */
async function openWav(file: File): Promise<FileSource | null> {
  const head = await bytesOf(file, 0, HEAD_BYTES);
  let layout: WavLayout;
  try {
    layout = readWavLayout(
      {
        byteLength: file.size,
        view: (start, length) =>
          new DataView(head, Math.min(start, head.byteLength), within(head, start, length)),
      },
      file.name,
    );
  } catch (error) {
    // What is damaged is told: the browser would read a part of it and say nothing.
    const mayBeRead =
      error instanceof WavError ? OTHER_FORMAT.includes(error.what) : error instanceof RangeError;
    if (mayBeRead) return null;
    throw error;
  }
  const { rateHz, samples, channels } = layout;
  return { rateHz, samples, channels, read: (start, count) => readWavPiece(file, layout, start, count) };
}

const within = (bytes: ArrayBuffer, start: number, length: number) =>
  Math.max(0, Math.min(length, bytes.byteLength - start));

async function readWavPiece(file: File, layout: WavLayout, start: number, count: number) {
  const mean = new Float32Array(count);
  const frameBytes = wavFrameBytes(layout);
  const channel = new Float32Array(Math.min(count, SLICE_SAMPLES));
  for (let done = 0; done < count; done += SLICE_SAMPLES) {
    const length = Math.min(SLICE_SAMPLES, count - done);
    const from = layout.startBytes + frameBytes * (start + done);
    const data = new DataView(await bytesOf(file, from, frameBytes * length));
    const into = channel.subarray(0, length);
    for (let c = 0; c < layout.channels; c++) {
      decodeWav(layout, data, c, into);
      for (let n = 0; n < length; n++) mean[done + n] += into[n] / layout.channels;
    }
  }
  return mean;
}

async function decode(file: File): Promise<FileSource> {
  const seconds = await durationS(file);
  if (seconds > MAX_DECODED_S)
    throw tooLong(file, `at most ${minutes(MAX_DECODED_S)} of what is no WAV`, minutes(seconds));
  const { samples, rateHz, channels } = await readAudio(await bytesOf(file, 0, file.size), file.name);
  return {
    rateHz,
    samples: samples.length,
    channels,
    read: async (start, count) => samples.subarray(start, start + count),
  };
}

/** As the file says; 0 where the browser cannot tell, or not soon. */
function durationS(file: File): Promise<number> {
  const url = URL.createObjectURL(file);
  const audio = new Audio();
  return new Promise<number>((resolve) => {
    setTimeout(resolve, MAX_WAIT_MS, 0);
    audio.onloadedmetadata = () => resolve(Number.isFinite(audio.duration) ? audio.duration : 0);
    audio.onerror = () => resolve(0);
    audio.preload = 'metadata';
    audio.src = url;
  }).finally(() => {
    audio.removeAttribute('src');
    URL.revokeObjectURL(url);
  });
}

async function bytesOf(file: File, start: number, length: number): Promise<ArrayBuffer> {
  try {
    return await file.slice(start, start + length).arrayBuffer();
  } catch (error) {
    throw new InputError('cannot be read', {
      where: file.name,
      got: error instanceof Error ? error.message : String(error),
      remedy: 'It may have been moved or changed. Choose it again',
    });
  }
}

const minutes = (seconds: number) => `${Math.round(seconds / 60)} min`;

function tooLong(file: File, expected: string, got: string): InputError {
  return new InputError('is too long', {
    where: file.name,
    expected,
    got,
    remedy: 'Cut it into parts, or convert it to WAV, which may be longer',
  });
}
