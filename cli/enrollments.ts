// The enrollments of a case: the one that every case has, and further takes of the same voice beside it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readRecording, type Recording } from './files.ts';

/**
 * `<id>.enrollment.wav`, then `<id>.enrollment-2.wav`, `-3` … as far as they are there, `most` at most.
 * Throws InputError or WavError where one cannot be read.
 */
export async function readEnrollments(folder: string, id: string, most: number): Promise<Recording[]> {
  const takes = [await readRecording(path.join(folder, `${id}.enrollment.wav`))];
  while (takes.length < most) {
    const next = path.join(folder, `${id}.enrollment-${takes.length + 1}.wav`);
    if (!existsSync(next)) break;
    takes.push(await readRecording(next));
  }
  return takes;
}
