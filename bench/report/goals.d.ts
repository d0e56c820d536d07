// Types of goals.js, for tests in TypeScript.
export interface Goal {
  readonly where: string;
  readonly goal: string;
  readonly got: string;
  readonly held?: boolean | null;
}
export function goalsOf(report: { readonly rows: readonly object[] }, where: string): Goal[];
