// The built-in demonstration: two synthetic voices (scripts/make-demo.js).
import { InputError } from '../src/shared/errors.ts';

const FOLDER = 'demo/';

/** Bytes of one of the demonstration's files. */
export async function demoFile(name: 'mixture.wav' | 'enrollment.wav'): Promise<ArrayBuffer> {
  const response = await fetch(new URL(FOLDER + name, document.baseURI));
  if (response.ok) return response.arrayBuffer();
  throw new InputError('could not be loaded', {
    where: `the demonstration's ${name}`,
    got: `HTTP status ${response.status}`,
    remedy: 'Check the connection and start again',
  });
}
