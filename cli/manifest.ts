// Reads manifest.csv of a folder of test cases (RFC 4180): `id` and `kind` are needed, `target` may be there, other columns are left alone.
import { InputError } from '../src/shared/errors.ts';

export interface TestCase {
  readonly id: string;
  readonly kind: string;
  /** Who is enrolled; null where the manifest does not say. */
  readonly target: string | null;
}

/** Throws InputError that names line and column. */
export function parseManifest(text: string, where: string): TestCase[] {
  const [header, ...rows] = parseCsv(text.replace(/^\uFEFF/, ''), where);
  const column = (name: string): number => {
    const index = header?.indexOf(name) ?? -1;
    if (index >= 0) return index;
    throw new InputError('lacks a column', {
      where,
      expected: name,
      got: header?.join(', ') ?? 'an empty file',
    });
  };
  const [id, kind, target] = [column('id'), column('kind'), header.indexOf('target')];
  if (rows.length === 0)
    throw new InputError('lists no case', { where, expected: 'at least one row', got: '0' });
  const seen = new Set<string>();
  return rows.map((row, n) => {
    const rowWhere = `${where}, row ${n + 1}`;
    if (row.length !== header.length)
      throw new InputError('has a row of another length', {
        where: rowWhere,
        expected: `${header.length} fields`,
        got: `${row.length}`,
      });
    // An id becomes part of file names: it must not lead out of the folder.
    if (!/^[\w-][\w.-]*$/.test(row[id]) || seen.has(row[id]))
      throw new InputError('has an id that cannot be used', {
        where: rowWhere,
        expected: 'letters, digits, - . and _, each id once',
        got: JSON.stringify(row[id]),
      });
    seen.add(row[id]);
    return { id: row[id], kind: row[kind], target: row[target] || null };
  });
}

/** Rows of fields; quoted fields may hold commas, line ends and doubled quotes. Empty lines are left out. */
export function parseCsv(text: string, where: string): string[][] {
  const rows: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (field.lastIndex < text.length || row.length > 0) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (match === null)
      throw new InputError('is not CSV', {
        where: `${where}, line ${text.slice(0, at).split('\n').length}`,
        expected: 'fields that are quoted as a whole or not at all',
        got: JSON.stringify(text.slice(at, at + 20)),
      });
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
