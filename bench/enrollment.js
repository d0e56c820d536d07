// What an enrollment needs, measured with a model's own clue encoder (docs/enrollment.md):
//   npm run bench:enrollment -- --voices FOLDER [--noises FOLDER] [--model FOLDER] [--json FILE] [--takes N]
//     [--sections length,noise,…]
// FOLDER of voices: <voice>.wav and voices.csv (voice,group,sex); a group's recordings are of one kind of room and microphone.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './shared/launch.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(ROOT, 'public/models/speaker-base') },
    voices: { type: 'string' },
    noises: { type: 'string' },
    sections: { type: 'string' },
    takes: { type: 'string', default: '8' },
    json: { type: 'string' },
  },
});
if (options.voices === undefined) {
  console.error(
    'Name a folder of voices: --voices FOLDER, with <voice>.wav and voices.csv (voice,group,sex).',
  );
  process.exit(1);
}
const script = await bundle('enrollment/node', 'node');
execFileSync(process.execPath, [script, JSON.stringify(options)], { stdio: 'inherit' });
