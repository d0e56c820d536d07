// An extractor that runs for minutes in headless Chromium: memory, deadlines, clocks.
//   npm run bench:endurance [-- --minutes 10] [--backend wasm] [--rate 48000] [--slack 8] [--model models/speaker-base] [--json FILE]
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { browserVersion, findBrowser } from '../scripts/browser.js';
import { today } from './shared/today.js';
import { endure } from './endurance/run.js';
import { summary } from './endurance/summary.js';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    backend: { type: 'string', default: 'wasm' },
    rate: { type: 'string', default: '48000' },
    slack: { type: 'string', default: '8' },
    model: { type: 'string', default: 'models/speaker-base' },
    json: { type: 'string' },
  },
});

const KIB = 1024;
const kib = (bytes) => (bytes === null ? '?' : `${Math.round(bytes / KIB)} KiB`);

function tell({ before, after, pageHeap, workerHeap, rssBytes }, first) {
  const minutes = first === undefined ? 0 : (before.clockMs - first.before.clockMs) / 60_000;
  console.log(
    `${minutes.toFixed(1).padStart(5)} min: page ${kib(pageHeap.objects)}, worker ${kib(workerHeap.objects)}, process ${kib(rssBytes)}; ` +
      `${after.hops} hops, ${after.missedDeadlines} deadlines missed; load ${os.loadavg()[0].toFixed(1)}`,
  );
}

const executablePath = await findBrowser();
const machine = `${os.cpus()[0].model}, ${os.cpus().length} cores`;
console.log(`${machine}; ${browserVersion(executablePath)}`);
const run = await endure({
  executablePath,
  seconds: 60 * Number(options.minutes),
  everySeconds: 60,
  request: {
    rateHz: Number(options.rate),
    backend: options.backend,
    slackMs: Number(options.slack),
    modelUrl: options.model,
  },
  onReading: tell,
});
const result = {
  measured_on: today(),
  machine,
  browser: browserVersion(executablePath),
  slack_ms: Number(options.slack),
  ...summary(run),
};
console.log(
  `${result.model} on ${result.backend}, ${result.seconds.toFixed(0)} s: ${result.hops} hops, ${result.hops_left_out} left out, ` +
    `${result.missed_deadlines} deadlines missed (${result.missed_ms.toFixed(1)} ms of sound) and ${result.missed_while_looking} while memory was looked at`,
);
for (const [name, found] of Object.entries(result.memory))
  if (found !== null)
    console.log(
      `${name.padEnd(16)} ${kib(found.first)} → ${kib(found.last)}, ${kib(found.per_minute)} a minute`,
    );
console.log(
  `lag of the estimate: ${result.lag_samples.join(' → ')} samples; sound that waits: ${result.waiting_first_ms.toFixed(1)} → ` +
    `${result.waiting_last_ms.toFixed(1)} ms; device against clock: ${result.device_drift_ppm.toFixed(0)} ppm`,
);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
