// What an error found, without what to do about it: for a reason that tells what was done instead.
import { CrossMambaError } from '../shared/errors.ts';

export function findingOf(error: unknown): string {
  if (error instanceof CrossMambaError)
    return new CrossMambaError(error.code, error.what, { ...error.details, remedy: undefined }).message;
  return error instanceof Error ? error.message : String(error);
}
