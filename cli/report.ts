// What the commands print on standard output: one JSON object, or a table.

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

export function decibels(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} dB`;
}
