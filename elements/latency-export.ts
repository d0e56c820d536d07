// A latency report as a file.
import type { LatencyReport } from '../src/shared/latency-report.ts';

/** How long the browser may take to fetch what it is told to save. */
const KEPT_MS = 10_000;

/** Saves it as `latency-<time>.json`. */
export function download(report: LatencyReport): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `latency-${report.createdAt.slice(0, 19).replaceAll(':', '')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
