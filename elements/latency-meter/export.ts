// A latency report as a file.
import type { LatencyReport } from '../../src/shared/latency-report.ts';
import { download } from '../shared/download.ts';

/** Saves it as `latency-<time>.json`. */
export function downloadReport(report: LatencyReport): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const time = report.createdAt.slice(0, 19).replaceAll(':', '');
  download(new Blob([text], { type: 'application/json' }), `latency-${time}.json`);
}
