// The whole node in a real AudioContext of headless Chromium, while the page's main thread is blocked now and then:
//   npm run bench:latency [-- --seconds 60] [--backend wasm] [--rate 48000] [--slack 8] [--model models/speaker-base] [--json FILE]
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import puppeteer from 'puppeteer-core';
import { browserFlags, browserVersion, findBrowser } from '../scripts/browser.js';
import { cpuShare, cpuTimes, MAIN_THREAD } from './latency/cpu-times.js';
import { watchHalts } from './shared/halts.js';
import { today } from './shared/today.js';
import { serveSources } from './shared/vite-server.js';

const BLOCK = { blockMs: 50, blocksPerSecond: 2 };
const WATCHED_S = 20;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    backend: { type: 'string', default: 'wasm' },
    rate: { type: 'string', default: '48000' },
    slack: { type: 'string', default: '8' },
    model: { type: 'string', default: 'models/speaker-base' },
    json: { type: 'string' },
  },
});

/** All the machine's processors together, milliseconds since it was started. */
function machineTimes() {
  const times = os.cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  const total = times.reduce(
    (sum, { user, nice, sys, idle: rest, irq }) => sum + user + nice + sys + rest + irq,
    0,
  );
  return { idle, total };
}

async function measure(executablePath) {
  const server = await serveSources();
  const { origin } = server;
  const browser = await puppeteer.launch({ executablePath, args: browserFlags(), protocolTimeout: 600_000 });
  try {
    const session = await browser.target().createCDPSession();
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(String(error)));
    const readings = [];
    const read = async () =>
      void readings.push({ ...(await cpuTimes(session)), ...machineTimes(), atMs: performance.now() });
    await page.exposeFunction('began', read);
    await page.exposeFunction('ended', read);
    await page.goto(`${origin}/bench/latency/page.html`);
    await page.waitForFunction('window.run !== undefined');
    const request = {
      seconds: Number(options.seconds),
      rateHz: Number(options.rate),
      backend: options.backend,
      slackMs: Number(options.slack),
      modelUrl: `${origin}/${options.model}`,
      ...BLOCK,
    };
    const measured = await page.evaluate(
      (wanted) => window.run(wanted, { began: window.began, ended: window.ended }),
      request,
    );
    const seconds = (readings[1].atMs - readings[0].atMs) / 1000;
    const [before, after] = readings;
    const idle = (after.idle - before.idle) / (after.total - before.total);
    return { request, measured, seconds, idle, cpu: cpuShare(before, after, seconds) };
  } finally {
    await browser.close();
    await server.close();
  }
}

const round = (value, digits = 3) => Number(value.toFixed(digits));
const rounded = (summary) =>
  summary && Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, round(value)]));

function report({ request, measured, seconds, idle, cpu }, executable, halts) {
  const { live, node, busyMs } = measured;
  const ms = (samples) => round((1000 * samples) / request.rateHz);
  const measuredSamples = [...new Set(node.measuredSamples)];
  // Where the system tells of threads: all but the main thread, which is kept busy and does nothing else here.
  const onPurpose = cpu.byThread[MAIN_THREAD] ?? busyMs / 1000 / seconds;
  const times = Object.fromEntries(Object.entries(live.times).map(([name, one]) => [name, rounded(one)]));
  return {
    measured_on: today(),
    machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`,
    // Of all processors, while it was measured: where it is small, others had the machine.
    machine_idle_share: round(idle),
    // Of a loop that only reads the clock, just before.
    machine_halts: halts,
    browser: browserVersion(executable),
    model: measured.model,
    backend: measured.backend,
    reason: measured.reason,
    transport: measured.transport,
    rate_hz: request.rateHz,
    slack_ms: request.slackMs,
    seconds: round(seconds, 1),
    promised_ms: ms(measured.promised_samples),
    // One value: every repetition agrees. Null: none was clear.
    measured_ms: measuredSamples.length === 1 ? ms(measuredSamples[0]) : null,
    measured_samples: node.measuredSamples,
    promised_samples: measured.promised_samples,
    estimate_lag_ms: ms(measured.estimate_lag_samples),
    base_latency_ms: round(measured.base_latency_ms),
    missed_deadlines: live.missedDeadlines,
    missed_ms: round(live.missedMs),
    warm_up_missed_deadlines: measured.warm_up_missed_deadlines,
    // Late hops by what took most of their time.
    late_hops: live.late,
    skipped_hops: live.skippedHops,
    hops: live.hops,
    // The page's process, less what its main thread was kept busy with on purpose.
    cpu_s_per_s: round(cpu.page - onPurpose),
    cpu: {
      blocked_on_purpose: round(onPurpose),
      processes: rounded(cpu.byProcess),
      page_threads: rounded(cpu.byThread),
    },
    blocked: BLOCK,
    ...times,
    hop_histogram: live.hopHistogram,
  };
}

const executable = await findBrowser();
const halts = watchHalts(WATCHED_S);
const result = report(await measure(executable), executable, halts);
const { machine, browser, model, backend, rate_hz, seconds } = result;
console.log(
  `before: a loop that only reads the clock was halted for more than 1 ms ${halts.halts} × in ${halts.seconds} s, ${halts.longest_ms} ms at most`,
);
console.log(`${machine}; ${browser}; ${model} on ${backend}, ${rate_hz} Hz, ${seconds} s`);
console.log(
  `added delay: promised ${result.promised_ms} ms, measured ${result.measured_ms ?? 'not clearly'} ms ` +
    `(${result.measured_samples.join(', ')} of ${result.promised_samples} samples); the estimate's lag ${result.estimate_lag_ms} ms`,
);
console.log(
  `missed deadlines: ${result.missed_deadlines} (${result.missed_ms} ms of sound; ${result.warm_up_missed_deadlines} in the warm-up), ` +
    `${result.skipped_hops} of ${result.hops} hops left out; main thread blocked for ${BLOCK.blockMs} ms ${BLOCK.blocksPerSecond} × a second`,
);
console.log(
  `processor time: ${result.cpu_s_per_s} s a second in the page's process beside ${result.cpu.blocked_on_purpose} s of blocking`,
);
console.log(
  `late hops: ${result.late_hops.wake} for the wake, ${result.late_hops.hop} for the worker's work, ${result.late_hops.device} for ` +
    `the device's bursts; the machine's processors were idle for ${(100 * result.machine_idle_share).toFixed(0)} % of the time`,
);
console.table({
  ...{ wake: result.wake, resample: result.resample, step: result.step, readback: result.readback },
  ...{ hop: result.hop, 'slack used': result.slackUsed },
});
console.table(result.cpu.page_threads);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
