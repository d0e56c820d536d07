// What estimates that came too late cost, by what is played instead (docs/latency.md, "What is played instead"):
//   npm run bench:conceal -- --cases FOLDER [--model FOLDER]
// FOLDER: clips as `evaluate` reads them.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './shared/launch.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
    cases: { type: 'string' },
  },
});
if (options.cases === undefined) {
  console.error('Name a folder of clips: --cases FOLDER (docs/evaluation.md).');
  process.exit(1);
}
const script = await bundle('conceal/node', 'node');
execFileSync(process.execPath, [script, JSON.stringify(options)], { stdio: 'inherit' });
