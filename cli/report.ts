// What the commands print on standard output: one JSON object, or tables.
import type { Interval, Summary } from '../src/shared/metrics-summary.ts';

/** A figure in a table. */
export interface Column {
  readonly title: string;
  readonly key: string;
  readonly unit: 'dB' | 'share' | 'number';
  /** Its 95 % interval is shown too. */
  readonly interval?: boolean;
}

export function printJson(result: object): void {
  console.log(JSON.stringify(result));
}

/** Left-aligned first column, right-aligned others. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((_, c) => Math.max(...[header, ...rows].map((row) => row[c].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  ');
  console.log(
    [line(header), widths.map((width) => '─'.repeat(width)).join('──'), ...rows.map(line)].join('\n'),
  );
}

/** A row a group of cases. */
export function printSummaries(
  first: string,
  columns: readonly Column[],
  groups: readonly (readonly [string, Summary])[],
): void {
  printTable(
    [first, 'n', ...columns.map(({ title }) => title)],
    groups.map(([name, { n, means, intervals }]) => [
      name,
      `${n}`,
      ...columns.map((column) => cell(column, means[column.key], intervals[column.key])),
    ]),
  );
}

function cell({ unit, interval }: Column, mean: number | null, range: Interval | null): string {
  if (mean === null) return '–';
  const text = (value: number) => {
    if (unit === 'share') return `${(100 * value).toFixed(0)} %`;
    return unit === 'dB' ? value.toFixed(1) : value.toFixed(2);
  };
  return interval && range !== null ? `${text(mean)} [${range.map(text).join(', ')}]` : text(mean);
}

export function decibels(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} dB`;
}
