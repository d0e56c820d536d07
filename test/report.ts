// Figures that a test prints beside its verdict.

export function report(line: string): void {
  // eslint-disable-next-line no-console
  console.log(line);
}
