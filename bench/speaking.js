// How often <live-monitor> is right about whether the voice speaks, and asks whether it goes unheard (docs/speaking.md):
//   npm run bench:speaking -- --cases FOLDER [--cases FOLDER …] [--choose-on FOLDER] [--estimates FOLDER …] [--model FOLDER]
// Folders of cases as `npx crossmamba-web evaluate` reads them (docs/evaluation.md). With --choose-on, the thresholds are chosen on
// that folder, and all is measured with them; without it, with those of the element. --estimates, one for each folder (first that of
// --choose-on, then those of --cases), holds what `evaluate --out` wrote; without it the voices are extracted first.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './shared/launch.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', multiple: true, default: [] },
    'choose-on': { type: 'string' },
    estimates: { type: 'string', multiple: true },
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
  },
});
const chooseOn = options['choose-on'];
const folders = [...(chooseOn === undefined ? [] : [chooseOn]), ...options.cases];
if (folders.length === 0) fail('Name a folder of cases: --cases FOLDER, or --choose-on FOLDER.');
if (options.estimates !== undefined && options.estimates.length !== folders.length)
  fail(
    `--estimates: expected one folder for each of ${folders.join(', ')}, got ${options.estimates.length}.`,
  );

const temporary = mkdtempSync(path.join(tmpdir(), 'crossmamba-speaking-'));
const tidy = () => rmSync(temporary, { recursive: true, force: true });
let running;
// The voices that were extracted are other people's: an interrupt leaves none behind.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    running?.kill(signal);
    tidy();
    process.exit(128 + constants.signals[signal]);
  });
try {
  const estimates = options.estimates ?? (await extractAll());
  const script = await bundle('speaking/node', 'node');
  const sets = folders.map((cases, n) => ({ cases, estimates: estimates[n] }));
  await run([script, JSON.stringify({ sets, choose: chooseOn !== undefined, model: options.model })]);
} catch (error) {
  // What was wrong has been told by who ended.
  console.error(error.message);
  process.exitCode = 1;
} finally {
  tidy();
}

/** A script in Node; what it prints is shown. */
function run(command, stdio = ['ignore', 'inherit', 'inherit']) {
  return new Promise((resolve, reject) => {
    running = spawn(process.execPath, command, { stdio });
    running.once('error', reject);
    running.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${path.basename(command[0])} ended with ${code}`)),
    );
  });
}

async function extractAll() {
  await run([path.join(ROOT, 'scripts/build-cli.js')]);
  const outs = [];
  for (const [n, cases] of folders.entries()) {
    const out = path.join(temporary, `${n}`);
    const command = [path.join(ROOT, 'dist/cli.js'), 'evaluate', '--backend', 'wasm', '--json'];
    console.log(`Extracting the voices of ${cases} …`);
    await run(
      [...command, '--cases', cases, '--model', options.model, '--out', out],
      ['ignore', 'ignore', 'inherit'],
    );
    outs.push(out);
  }
  return outs;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
