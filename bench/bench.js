// One hop of everybody, side by side, in Node and in a worker of headless Chromium:
//   npm run bench -- [--json FILE] [--seconds N] [--only wasm,ort-wasm] [--where node,chromium-worker] [--model FOLDER]
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { browserVersion, findBrowser } from '../scripts/browser.js';
import { buildWasm } from '../scripts/build-wasm.js';
import { inChromium, inNode } from './launch.js';
import { printTable } from './table.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const modules = path.join(ROOT, 'node_modules');
const FILES = {
  'gtcrn.wasm': path.join(modules, '@sapphi-red/web-noise-suppressor/dist/gtcrn.wasm'),
  'rnnoise_simd.wasm': path.join(modules, '@sapphi-red/web-noise-suppressor/dist/rnnoise_simd.wasm'),
  'ort.wasm': path.join(modules, 'onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
  'ort-webgpu.wasm': path.join(modules, 'onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm'),
};
const WHERES = ['node', 'chromium-worker'];

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    where: { type: 'string', default: WHERES.join(',') },
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
  },
});
const listed = (text) => text.split(',').filter(Boolean);
const seconds = Number(options.seconds);
const unknown = listed(options.where).filter((where) => !WHERES.includes(where));
if (!(seconds >= 0) || unknown.length > 0) {
  console.error(
    `--seconds is a number from 0, --where some of ${WHERES.join(', ')}; got --seconds ${options.seconds} --where ${options.where}.`,
  );
  process.exit(2);
}

const version = (name) => JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8')).version;
const config = JSON.parse(readFileSync(path.join(options.model, 'config.json'), 'utf8'));
const fileBytes = {
  ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [name, statSync(file).size])),
  'wasm.wasm': (await buildWasm(['simd'])).length,
  'wasm-relaxed.wasm': (await buildWasm(['simd', 'relaxed-simd'])).length,
};
const shared = { fileBytes, seconds, only: listed(options.only) };
const executablePath = await findBrowser();
const skipped = { rows: [], adapter: 'not asked for' };

const node = listed(options.where).includes('node')
  ? await inNode('bench-node', { ...shared, model: options.model, files: FILES })
  : skipped;
const chromium = listed(options.where).includes('chromium-worker')
  ? await inChromium('bench-worker', {
      executablePath,
      files: {
        ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [`/files/${name}`, file])),
        '/model/config.json': path.join(options.model, 'config.json'),
        [`/model/${config.tensors.file}`]: path.join(options.model, config.tensors.file),
      },
      message: (origin) => ({ ...shared, modelUrl: `${origin}/model`, filesUrl: `${origin}/files` }),
    })
  : skipped;

const report = {
  date: new Date().toISOString(),
  machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}`,
  load: os.loadavg()[0],
  node: process.version,
  browser: browserVersion(executablePath),
  adapter: chromium.adapter,
  node_adapter: node.adapter,
  model: config.name,
  model_sha256: config.tensors.sha256,
  versions: Object.fromEntries(
    ['onnxruntime-web', '@sapphi-red/web-noise-suppressor', 'webgpu'].map((name) => [name, version(name)]),
  ),
  seconds,
  rows: [...node.rows, ...chromium.rows],
};
printTable(report);
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
