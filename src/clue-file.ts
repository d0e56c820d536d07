// A clue as a file: JSON, versioned, checked when it is read.
import { MAX_NAME, type NewClue, type StoredClue } from './clue-store.ts';
import { clueCosine } from './shared/clue-cosine.ts';
import { ClueFileError } from './shared/errors.ts';
import type { EnrollmentReport } from './shared/protocol.ts';
import { joined, MAX_TAKES, type ClueTake } from './shared/takes.ts';

const FORMAT = 'crossmamba-clue';
/** Files of version 1 do not say which clue encoder made them. */
const VERSION = 2;
/** Far more than a clue needs. */
const MAX_BYTES = 1 << 20;
const MAX_LENGTH = 4096;
const LENGTH_TOLERANCE = 1e-2;
const REPORT_KEYS: readonly (keyof EnrollmentReport)[] = [
  'durationS',
  'voicedS',
  'levelDbfs',
  'snrDb',
  'clippedShare',
];

/** What `exportClue` needs of a clue, and `importClue` gives back; `ClueStore.save` takes it. */
export type ExportedClue = Omit<StoredClue, 'id'>;

/** The file's content, `application/json`. Holds the clue only: no sound. */
export function exportClue(clue: ExportedClue): Blob {
  const { name, model, clueEncoder, embedding, takes, report, createdAt } = clue;
  const content = {
    format: FORMAT,
    format_version: VERSION,
    ...{ name, model, clueEncoder, createdAt, report },
    embedding: [...embedding],
    // Readers that do not know of takes have their mean.
    ...(takes.length > 1 && {
      takes: takes.map((take) => ({ report: take.report, embedding: [...take.embedding] })),
    }),
  };
  return new Blob([JSON.stringify(content, null, 1)], { type: 'application/json' });
}

/** A file name for it: the person's name, as far as file systems take it. */
export function clueFileName({ name }: Pick<StoredClue, 'name'>): string {
  const safe = name.replace(/[^\p{L}\p{N} ._-]+|^\.+/gu, '').trim();
  return `${safe || 'voice'}.clue.json`;
}

/** Rejects with ClueFileError where it is no clue, damaged, or of another version. */
export async function importClue(file: Blob): Promise<ExportedClue & NewClue> {
  const where = file instanceof File ? file.name : 'clue file';
  if (file.size > MAX_BYTES)
    throw new ClueFileError('is too large for a clue', {
      where,
      expected: `at most ${MAX_BYTES} bytes`,
      got: `${file.size}`,
    });
  const content = parsed(await file.text(), where);
  if (content.format !== FORMAT)
    throw new ClueFileError('is no clue', {
      where,
      expected: `format "${FORMAT}"`,
      got: `format ${shown(content.format)}`,
      remedy: 'Choose a file that was exported here',
    });
  const version = content.format_version;
  if (version !== 1 && version !== VERSION)
    throw new ClueFileError('is of a version that is not read', {
      where,
      expected: `1 or ${VERSION}`,
      got: shown(version),
      remedy: 'Enroll the voice again, or use a newer version of this page',
    });
  return {
    name: text(content.name, 'name', where),
    model: text(content.model, 'model', where),
    clueEncoder: version === 1 ? null : digestOf(content.clueEncoder, where),
    ...takesOf(content, where),
    createdAt: dateOf(content.createdAt, where),
  };
}

function parsed(json: string, where: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(json);
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // Told below, as for any other content.
  }
  throw new ClueFileError('is no clue', {
    where,
    expected: 'a JSON object',
    got: shown(json.slice(0, 20)),
    remedy: 'Choose a file that was exported here',
  });
}

function damaged(what: string, where: string, expected: string, got: unknown): ClueFileError {
  return new ClueFileError(`${what} is damaged`, {
    where,
    expected,
    got: shown(got),
    remedy: 'Export it again, or enroll the voice again',
  });
}

function text(value: unknown, what: string, where: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_NAME)
    throw damaged(what, where, `1 to ${MAX_NAME} letters`, value);
  return value;
}

function digestOf(value: unknown, where: string): string | null {
  if (value === null || (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value))) return value;
  throw damaged('clueEncoder', where, '64 hex digits, or null', value);
}

function takesOf(
  content: Record<string, unknown>,
  where: string,
): Pick<ExportedClue, 'embedding' | 'report' | 'takes'> {
  const whole = takeOf(content, '', where);
  if (content.takes === undefined) return { ...whole, takes: [whole] };
  if (!Array.isArray(content.takes) || content.takes.length === 0 || content.takes.length > MAX_TAKES)
    throw damaged('takes', where, `1 to ${MAX_TAKES} of them`, content.takes);
  const takes = content.takes.map((take: unknown, n) => takeOf(take, `takes[${n}].`, where));
  const { length } = whole.embedding;
  const other = takes.findIndex(({ embedding }) => embedding.length !== length);
  if (other >= 0)
    throw damaged(
      `takes[${other}].embedding`,
      where,
      `${length} numbers`,
      `${takes[other].embedding.length} numbers`,
    );
  const cosine = clueCosine(joined(takes).embedding, whole.embedding);
  if (!(cosine > 1 - LENGTH_TOLERANCE))
    throw damaged('embedding', where, 'the mean of its takes, a cosine of 1', cosine);
  return { ...whole, takes };
}

/** `what`: what its parts are called by. */
function takeOf(value: unknown, what: string, where: string): ClueTake {
  const { embedding, report } = (value ?? {}) as Record<string, unknown>;
  return {
    embedding: embeddingOf(embedding, `${what}embedding`, where),
    report: reportOf(report, `${what}report`, where),
  };
}

function embeddingOf(value: unknown, what: string, where: string): Float32Array {
  const expected = `1 to ${MAX_LENGTH} finite numbers of unit length`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LENGTH)
    throw damaged(what, where, expected, Array.isArray(value) ? `${value.length} values` : value);
  const bad = value.findIndex((entry) => typeof entry !== 'number' || !Number.isFinite(entry));
  if (bad >= 0) throw damaged(`${what}[${bad}]`, where, 'a finite number', value[bad]);
  const embedding = Float32Array.from(value as number[]);
  const length = Math.hypot(...embedding);
  if (!(Math.abs(length - 1) < LENGTH_TOLERANCE)) throw damaged(what, where, expected, `length ${length}`);
  return embedding;
}

function reportOf(value: unknown, what: string, where: string): EnrollmentReport | null {
  if (value === null || value === undefined) return null;
  const given = value as Record<string, unknown>;
  for (const key of REPORT_KEYS)
    if (typeof given[key] !== 'number') throw damaged(`${what}.${key}`, where, 'a number', given[key]);
  return Object.fromEntries(REPORT_KEYS.map((key) => [key, given[key]])) as unknown as EnrollmentReport;
}

function dateOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
    throw damaged('createdAt', where, 'a date', value);
  return value;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : String(JSON.stringify(value)).slice(0, 60);
}
