// What comes through above the model's 8 kHz, and how much of it is the enrolled voice's (docs/evaluation.md, "Above 8 kHz"):
//   npm run bench:high-band -- --voices FOLDER [--model FOLDER]
// FOLDER of voices: <voice>.wav, 24 s and more of one person each, all of one rate above 16 kHz and with sound up there.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './shared/launch.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
    voices: { type: 'string' },
  },
});
if (options.voices === undefined) {
  console.error('Name a folder of voices: --voices FOLDER, with <voice>.wav of 24 s and more.');
  process.exit(1);
}
const script = await bundle('high-band/node', 'node');
execFileSync(process.execPath, [script, JSON.stringify(options)], { stdio: 'inherit' });
