// Puts the figures of a run of `npm run bench:latency -- --json docs/latency/bench.json` into docs/latency.md, between the two marks:
//   npm run bench:latency:report
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { putFigures } from '../shared/marked-page.js';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const GOAL_MS = 26;

const PARTS = {
  wake: 'wake: audio thread’s push → worker runs (reads up to 1 ms too much)',
  resample: 'resample: both ways',
  step: 'step: transforms and network',
  readback: 'readback: GPU only',
  hop: 'hop: all that the worker does',
  slackUsed: 'slack used: with the device’s bursts',
};

const ms = (value) => value.toFixed(2);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The figures as Markdown. */
function figures(run) {
  const { blocked, late_hops: late, machine_halts: halts, cpu } = run;
  const measured = run.measured_ms === null ? 'not clear' : `${run.measured_ms.toFixed(3)} ms`;
  const rows = Object.entries(PARTS).map(([name, what]) => {
    const times = run[name];
    if (!times) return `| ${what} | – | – | – | – | – |`;
    const cells = [times.n, ms(times.p50), ms(times.p95), ms(times.p99), ms(times.max)];
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  const threads = Object.entries(cpu.page_threads)
    .filter(([, share]) => share >= 0.001)
    .sort((a, b) => b[1] - a[1])
    .map(([name, share]) => `${name} ${share.toFixed(3)}`);
  const onTime =
    run.missed_deadlines === 0 ? 'none' : `${run.missed_deadlines} (${ms(run.missed_ms)} ms of sound)`;
  return `
| | |
|---|---|
| measured | ${run.measured_on} |
| machine | ${run.machine}; its processors were idle for ${percent(run.machine_idle_share)} of the time |
| the machine by itself | a loop that only reads the clock, ${halts.seconds} s just before: halted for more than 1 ms ${halts.halts} ×, ${halts.longest_ms} ms at most |
| browser | ${run.browser} |
| model, backend | ${run.model}, ${run.backend} (${run.reason}), the clue following what is heard |
| run | ${run.seconds} s at ${run.rate_hz} Hz, ${run.slack_ms} ms of slack, transport ${run.transport}; the page's main thread blocked for ${blocked.blockMs} ms, ${blocked.blocksPerSecond} × a second |
| added delay, promised | ${run.promised_ms.toFixed(3)} ms (${run.promised_samples} samples) |
| added delay, measured | ${measured} (${run.measured_samples.join(', ')} samples); goal: at most ${GOAL_MS} ms |
| lag of the estimate against the mixture | ${run.estimate_lag_ms.toFixed(3)} ms |
| missed deadlines | ${onTime}; goal: none |
| hops | ${run.hops}, ${run.skipped_hops} left out |
| late hops | ${late.wake} for the wake, ${late.hop} for the worker's work, ${late.device} for the device's bursts |
| processor time | ${run.cpu_s_per_s.toFixed(3)} s a second of audio, all threads of the page's process but the blocked main thread |
| by thread | ${threads.join(', ')} |

| milliseconds | n | p50 | p95 | p99 | max |
|---|---|---|---|---|---|
${rows.join('\n')}

99 % of the hops use ${ms(run.slackUsed.p99)} ms of the slack or less.
`;
}

const run = JSON.parse(readFileSync(path.join(DOCS, 'latency/bench.json'), 'utf8'));
putFigures(path.join(DOCS, 'latency.md'), figures(run));
