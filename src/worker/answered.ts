// A device that hangs tells of it seconds later, or never.
import { DeviceLostError } from '../shared/errors.ts';
import { within } from '../shared/platform.ts';

export function doesNotAnswer(where: string, longestMs: number): DeviceLostError {
  return new DeviceLostError('does not answer', { where, expected: `a step within ${longestMs} ms` });
}

/** The end of a step, whether it was computed at once or is under way. Rejects with DeviceLostError where that takes longer. */
export async function answered(step: Promise<void> | void, where: string, longestMs: number): Promise<void> {
  if (step === undefined) return;
  const isDone = await within(
    longestMs,
    step.then(() => true),
    false,
  );
  if (!isDone) throw doesNotAnswer(where, longestMs);
}
