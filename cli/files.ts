// Files in and out: what fails is told by the file's name, and a file is replaced whole or not at all.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkRecordingRate } from '../src/shared/audio-constants.ts';
import { InputError } from '../src/shared/errors.ts';
import { mixDown, readWav, writeWav, type WavEncoding } from '../src/shared/wav.ts';

export interface Recording {
  /** Where it was read. */
  readonly file: string;
  readonly rateHz: number;
  readonly encoding: WavEncoding;
  /** Mono: the mean of the file's channels. */
  readonly samples: Float32Array;
}

/** Throws InputError where the file cannot be read, WavError where it is no WAV that is read. */
export async function readRecording(file: string): Promise<Recording> {
  const { rateHz, encoding, channels } = readWav(await readInput(file), file);
  return { file, rateHz, encoding, samples: mixDown(channels) };
}

/** As readRecording, of what is to be extracted from. Throws as checkMixture does, too. */
export async function readMixture(file: string): Promise<Recording> {
  const mixture = await readRecording(file);
  checkMixture(file, mixture.samples.length, mixture.rateHz);
  return mixture;
}

/** Throws InputError where there are no samples, AudioContextError where the rate is not 8 to 192 kHz. */
export function checkMixture(file: string, samples: number, rateHz: number): void {
  if (samples === 0)
    throw new InputError('holds no sound', {
      where: file,
      expected: 'at least one sample',
      got: 'none',
      remedy: 'Give a recording that holds sound.',
    });
  checkRecordingRate(rateHz, file);
}

/** Throws InputError where the file cannot be read. */
export async function readInput(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new InputError('cannot be read', { where: file, got: reasonOf(error), remedy: 'Check the path.' });
  }
}

/** Before the work: makes the folder of a file, and tries whether it can be written. Throws InputError where it cannot. */
export async function checkWritable(file: string): Promise<void> {
  await writing(file, async (unfinished) => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(unfinished, '');
    await rm(unfinished);
  });
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder)
    throw new InputError('is a folder', {
      where: file,
      expected: 'a file, or a name that is free',
      remedy: 'Name a file in it.',
    });
}

/** Writes an estimate in the kind of the mixture: floats for floats, else 16 bits. Throws InputError where that fails. */
export async function writeEstimate(file: string, estimate: Float32Array, mixture: Recording): Promise<void> {
  const encoding = mixture.encoding.startsWith('float') ? 'float32' : 'pcm16';
  await writing(file, async (unfinished) => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(unfinished, writeWav(estimate, mixture.rateHz, encoding));
    await rename(unfinished, file);
  });
}

/** `work` is told what the file is called until it is whole. Where it fails, nothing of that stays, and InputError is thrown. */
export async function writing<Value>(
  file: string,
  work: (unfinished: string) => Promise<Value>,
): Promise<Value> {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    return await work(unfinished);
  } catch (error) {
    await removed(unfinished);
    throw new InputError('cannot be written', {
      where: file,
      got: reasonOf(error),
      remedy: 'Check the path.',
    });
  }
}

/** Never fails: where a file cannot be taken away, what went wrong before is to be told. */
export async function removed(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => {});
}

/** Why the system refused a file. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
