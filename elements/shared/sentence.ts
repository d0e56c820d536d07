// An error as a sentence for people.
import { CrossMambaError } from '../../src/shared/errors.ts';

/** What happened, what was expected and found, and what to do. */
export function sentence(error: unknown): string {
  if (!(error instanceof CrossMambaError))
    return finished(error instanceof Error ? error.message : String(error));
  const { what, details } = error;
  const { where, expected, got, remedy } = details;
  const isPredicate = /^(is|are|has|was|cannot|does|did|holds|lacks)\b/.test(what);
  const subject = where === 'enrollment' || where === 'microphone' ? `the ${where}` : where;
  const head = where === undefined ? what : isPredicate ? `${subject} ${what}` : `${where}: ${what}`;
  const found = [expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join(', ');
  return [finished(capital(found ? `${head} (${found})` : head)), remedy && finished(remedy)]
    .filter(Boolean)
    .join(' ');
}

/** Begins in upper case, unless it begins with an address or the name of a file or of a thing in code. */
function capital(text: string): string {
  return /^[\w-]+([./]\w|:\/\/)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

const finished = (text: string) => (/[.!?]$/.test(text.trimEnd()) ? text.trimEnd() : `${text.trimEnd()}.`);
