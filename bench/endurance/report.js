// Puts the figures of runs of `npm run bench:endurance -- --json docs/endurance/….json` into docs/endurance.md, between the two marks, a
// column a run:
//   npm run bench:endurance:report
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { putFigures } from '../shared/marked-page.js';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const RUNS = path.join(DOCS, 'endurance');

const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
const memory = (found) =>
  found === null ? 'not told' : `${kib(found.first)} → ${kib(found.last)}, largest ${kib(found.largest)}`;

/** What a row is called, and what of a run stands in it. */
const ROWS = {
  measured: (run) => run.measured_on,
  machine: ({ machine, load }) => `${machine}, load ${Math.min(...load)} to ${Math.max(...load)}`,
  browser: ({ browser }) => browser.split(' ').slice(0, 2).join(' '),
  'model, backend': ({ model, backend }) => `${model}, ${backend}`,
  run: ({ seconds, rate_hz }) => `${Math.round(seconds)} s at ${rate_hz} Hz`,
  'page, objects': (run) => memory(run.memory.page_objects),
  'page, buffers': (run) => memory(run.memory.page_buffers),
  'worker, objects': (run) => memory(run.memory.worker_objects),
  'worker, buffers': (run) => memory(run.memory.worker_buffers),
  'process, resident': (run) => memory(run.memory.process_resident),
  'objects, in its last third': (run) =>
    `${growth(run, 'page_objects')} page, ${growth(run, 'worker_objects')} worker`,
  'hops run, left out': (run) => `${run.hops}, ${run.hops_left_out}`,
  'missed deadlines': (run) => `${run.missed_deadlines} (${(run.missed_ms / 1000).toFixed(1)} s of sound)`,
  'missed while memory was read': (run) => run.missed_while_looking,
  'sound that waits, first and last': (run) =>
    `${run.waiting_first_ms.toFixed(1)} ms, ${run.waiting_last_ms.toFixed(1)} ms`,
  'samples that found no room': (run) => run.dropped_samples + run.overflow_samples,
  'lag of the estimate, first and last': ({ lag_samples, latencySamples }) =>
    `${lag_samples.join(', ')} samples (promised ${latencySamples})`,
  'audio device against the clock': ({ device_drift_ppm }) => `${Math.round(device_drift_ppm)} ppm`,
  'workers: first, last, after `dispose`': ({ workers }) => workers.join(', '),
};

/** KiB more, from the reading two thirds through to the last. */
function growth(run, name) {
  const values = run[name];
  const more = values.at(-1) - values[Math.floor((2 * values.length) / 3)];
  return `${more < 0 ? '−' : '+'}${kib(Math.abs(more))}`;
}

const runs = readdirSync(RUNS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(path.join(RUNS, file), 'utf8')))
  .sort((a, b) => a.slack_ms - b.slack_ms);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = [
  row(['', ...runs.map(({ slack_ms }) => `${slack_ms} ms of slack`)]),
  row(['---', ...runs.map(() => '---')]),
  ...Object.entries(ROWS).map(([what, of]) => row([what, ...runs.map(of)])),
];
putFigures(path.join(DOCS, 'endurance.md'), `\n${table.join('\n')}\n`);
