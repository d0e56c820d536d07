// One step on the processor, side by side, in Node and in a worker of headless Chromium:
//   npm run bench:step -- [--model FOLDER] [--rounds N] [--json FILE]
import { execFileSync } from 'node:child_process';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';
import { browserFlags, browserVersion, findBrowser } from '../scripts/browser.js';
import { textModulesForEsbuild } from '../scripts/plugins.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const CACHE = path.join(ROOT, 'node_modules/.cache/bench');
/** Node 20 knows relaxed SIMD by this flag only. */
const RELAXED = '--experimental-wasm-relaxed-simd';
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
    rounds: { type: 'string', default: '40' },
    json: { type: 'string' },
  },
});

async function bundle(entry, platform) {
  const outfile = path.join(CACHE, `${entry}.js`);
  await build({
    entryPoints: [path.join(ROOT, `bench/${entry}.ts`)],
    ...{ outfile, platform, bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' },
    plugins: [textModulesForEsbuild],
  });
  return outfile;
}

async function inNode() {
  const script = await bundle('step-node', 'node');
  const knowsFlag = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).includes(RELAXED);
  const flags = knowsFlag ? [RELAXED] : [];
  return JSON.parse(execFileSync(process.execPath, [...flags, script, options.model, options.rounds]));
}

/** Served with cross-origin isolation: without it, a browser's clock ticks ten times a millisecond only. */
async function serve(worker) {
  const files = {
    '/': ['text/html', () => '<!doctype html><title>bench</title>'],
    '/worker.js': ['text/javascript', () => readFileSync(worker)],
    '/model/config.json': ['application/json', () => readFileSync(path.join(options.model, 'config.json'))],
    '/model/model.safetensors': [
      'application/octet-stream',
      () => readFileSync(path.join(options.model, 'model.safetensors')),
    ],
  };
  const server = createServer(({ url }, response) => {
    const [type, read] = files[url] ?? [];
    response.writeHead(read ? 200 : 404, { ...ISOLATION, 'Content-Type': type ?? 'text/plain' });
    response.end(read?.());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function inChromium(executablePath) {
  const server = await serve(await bundle('step-worker', 'browser'));
  const browser = await puppeteer.launch({ executablePath, args: browserFlags(), protocolTimeout: 600_000 });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const { rows, error } = await page.evaluate(
      (rounds) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.postMessage({ modelUrl: new URL('/model', location).href, rounds });
        }),
      Number(options.rounds),
    );
    if (error) throw new Error(error);
    return rows;
  } finally {
    await browser.close();
    server.close();
  }
}

mkdirSync(CACHE, { recursive: true });
const executable = await findBrowser();
const rows = [
  ...(await inNode()).map((row) => ({ where: 'node', ...row })),
  ...(await inChromium(executable)).map((row) => ({ where: 'chromium-worker', ...row })),
];
const report = {
  machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`,
  node: process.version,
  browser: browserVersion(executable),
  model: JSON.parse(readFileSync(path.join(options.model, 'config.json'), 'utf8')).name,
  rows,
};
console.log(
  `${report.machine}; Node ${report.node}, ${report.browser}; ${report.model}, ${rows[0].mmac_per_hop.toFixed(2)} MMAC a hop`,
);
const ms = (value) => value.toFixed(3);
const ratio = (value) => (value ? `${value.p50.toFixed(2)} (${value.min.toFixed(2)})` : '');
console.log(
  'Ratios are those of the p50, and in brackets of the fastest hop, which the rest of the machine disturbed least.',
);
console.table(
  rows.map((row) => {
    const slow = rows.find(({ where, what }) => where === row.where && what === 'reference');
    const { min_ms, p50_ms, p95_ms, p99_ms, max_ms, real_time_factor } = row;
    return {
      where: row.where,
      what: row.what,
      ...{
        min_ms: ms(min_ms),
        p50_ms: ms(p50_ms),
        p95_ms: ms(p95_ms),
        p99_ms: ms(p99_ms),
        max_ms: ms(max_ms),
      },
      'real-time factor': ms(real_time_factor),
      '× floor': ratio(row.times_floor),
      '× floor, bytes too': ratio(row.times_floor_bytes),
      'reference ÷ this': ratio({ p50: slow.p50_ms / p50_ms, min: slow.min_ms / min_ms }),
    };
  }),
);
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
