// How often <live-monitor> is right about whether the voice speaks, and asks whether it goes unheard (docs/elements.md):
//   npm run bench:speaking -- --cases FOLDER [--cases FOLDER …] [--choose-on FOLDER] [--estimates FOLDER …] [--model FOLDER]
// Folders of cases as `npx crossmamba-web evaluate` reads them (docs/evaluation.md). With --choose-on, the thresholds are chosen on
// that folder, and all is measured with them; without it, with those of the element. --estimates, one for each folder (first that of
// --choose-on, then those of --cases), holds what `evaluate --out` wrote; without it the voices are extracted first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
try {
  const estimates = options.estimates ?? folders.map(extract);
  const script = await bundle('speaking/node', 'node');
  const sets = folders.map((cases, n) => ({ cases, estimates: estimates[n] }));
  const argument = JSON.stringify({ sets, choose: chooseOn !== undefined, model: options.model });
  execFileSync(process.execPath, [script, argument], { stdio: 'inherit' });
} finally {
  rmSync(temporary, { recursive: true });
}

function extract(cases, n) {
  const out = path.join(temporary, `${n}`);
  const script = path.join(ROOT, 'scripts/build-cli.js');
  if (n === 0) execFileSync(process.execPath, [script], { stdio: 'inherit' });
  const command = [path.join(ROOT, 'dist/cli.js'), 'evaluate', '--backend', 'wasm', '--json'];
  console.log(`Extracting the voices of ${cases} …`);
  execFileSync(process.execPath, [...command, '--cases', cases, '--model', options.model, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return out;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
