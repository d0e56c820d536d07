// Leaves the counts of a @web/test-runner run in test-results/browser.json, for scripts/test.js.
import { mkdirSync, writeFileSync } from 'node:fs';

function count(suite, counts) {
  for (const test of suite?.tests ?? []) {
    if (test.skipped) counts.skipped++;
    else if (test.passed) counts.passed++;
    else counts.failed++;
  }
  for (const inner of suite?.suites ?? []) count(inner, counts);
}

export function countsReporter() {
  return {
    stop({ sessions }) {
      const counts = { passed: 0, failed: 0, skipped: 0 };
      for (const session of sessions) {
        const before = counts.failed;
        count(session.testResults, counts);
        // A file that does not load has an error and no failing test.
        if (!session.passed && counts.failed === before) counts.failed++;
      }
      mkdirSync('test-results', { recursive: true });
      writeFileSync('test-results/browser.json', JSON.stringify(counts));
    },
  };
}
