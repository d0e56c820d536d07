// Leaves what a @web/test-runner run came to in test-results/browser.json, for scripts/test.js.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readSessions } from './test-reports.js';

export function countsReporter() {
  return {
    stop({ sessions }) {
      mkdirSync('test-results', { recursive: true });
      writeFileSync('test-results/browser.json', JSON.stringify(readSessions([...sessions])));
    },
  };
}
