// One step on the processor, side by side, in Node and in a worker of headless Chromium:
//   npm run bench:step -- [--model FOLDER] [--rounds N] [--json FILE]
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { browserVersion, findBrowser } from '../scripts/browser.js';
import { inChromium, inNode } from './shared/launch.js';

const ROOT = path.resolve(import.meta.dirname, '..');

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
    rounds: { type: 'string', default: '40' },
    json: { type: 'string' },
  },
});

const executablePath = await findBrowser();
const rounds = Number(options.rounds);
const inFolder = (file) => path.join(options.model, file);
const config = JSON.parse(readFileSync(inFolder('config.json'), 'utf8'));
const files = {
  '/model/config.json': inFolder('config.json'),
  [`/model/${config.tensors.file}`]: inFolder(config.tensors.file),
};
const message = (origin) => ({ modelUrl: `${origin}/model`, rounds });
const measured = {
  node: await inNode('step/node', { model: options.model, rounds }),
  'chromium-worker': await inChromium('step/worker', { executablePath, files, message }),
};
const rows = Object.entries(measured).flatMap(([where, { rows }]) => rows.map((row) => ({ where, ...row })));
const report = {
  machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`,
  node: process.version,
  browser: browserVersion(executablePath),
  model: config.name,
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
