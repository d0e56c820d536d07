// Types of test-reports.js, for its test.
export interface SuiteReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly { readonly test: string; readonly message: string }[];
}

export function readVitest(report: object): SuiteReport;
export function readSessions(sessions: readonly object[]): SuiteReport;
export function readPytest(xml: string): SuiteReport;
