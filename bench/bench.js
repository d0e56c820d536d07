// One hop of everybody, side by side, in Node and in a worker of headless Chromium:
//   npm run bench -- [--json FILE] [--seconds N] [--only wasm,ort-wasm] [--where node,chromium-worker] [--model FOLDER]
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { browserVersion, findBrowser } from '../scripts/browser.js';
import { buildWasm } from '../scripts/build-wasm.js';
import { inChromium, inNode } from './shared/launch.js';
import { printTable } from './hop/table.js';

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
const configFile = path.join(options.model, 'config.json');
if (!existsSync(configFile)) {
  console.error(`--model names ${options.model}, which holds no config.json: name the folder of a model.`);
  process.exit(2);
}
const config = JSON.parse(readFileSync(configFile, 'utf8'));
const fileBytes = {
  ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [name, statSync(file).size])),
  'wasm.wasm': (await buildWasm(['simd'])).length,
  'wasm-relaxed.wasm': (await buildWasm(['simd', 'relaxed-simd'])).length,
};
const shared = { fileBytes, seconds, only: listed(options.only) };
const wheres = listed(options.where);
const executablePath = wheres.includes('chromium-worker') ? await findBrowser() : null;

const inFolder = (file) => path.join(options.model, file);
const measure = {
  node: () => inNode('hop/node', { ...shared, model: options.model, files: FILES }),
  'chromium-worker': () =>
    inChromium('hop/worker', {
      executablePath,
      files: {
        ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [`/files/${name}`, file])),
        '/model/config.json': inFolder('config.json'),
        [`/model/${config.tensors.file}`]: inFolder(config.tensors.file),
      },
      message: (origin) => ({ ...shared, modelUrl: `${origin}/model`, filesUrl: `${origin}/files` }),
    }),
};
const measured = {};
try {
  for (const where of wheres) measured[where] = await measure[where]();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const report = {
  date: new Date().toISOString(),
  machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}`,
  load: os.loadavg()[0],
  // As `nice` counts: below 0, it went before other work of the machine.
  priority: os.getPriority(),
  node: process.version,
  browser: executablePath && browserVersion(executablePath),
  adapter: measured['chromium-worker']?.adapter ?? null,
  node_adapter: measured.node?.adapter ?? null,
  model: config.name,
  model_sha256: config.tensors.sha256,
  versions: Object.fromEntries(
    ['onnxruntime-web', '@sapphi-red/web-noise-suppressor', 'webgpu'].map((name) => [name, version(name)]),
  ),
  seconds,
  rows: wheres.flatMap((where) => measured[where].rows),
};
printTable(report);
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
