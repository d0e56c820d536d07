// Makes docs/performance.md and its plots from what `npm run bench -- --json FILE` wrote:
//   npm run bench:report -- FILE [FOLDER]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NAMES } from './report/names.js';
import { page } from './report/page.js';
import { contextPlot, sharePlot } from './report/plots.js';

const [file, docs = path.resolve(import.meta.dirname, '../docs')] = process.argv.slice(2);
if (file === undefined) {
  console.error('Name the file that `npm run bench -- --json FILE` wrote.');
  process.exit(2);
}
const report = JSON.parse(readFileSync(file, 'utf8'));
const folder = path.join(docs, 'performance');
mkdirSync(folder, { recursive: true });
const plots = Object.entries({
  'hops.svg': sharePlot(report, NAMES),
  'context.svg': contextPlot(report),
}).filter(([, drawing]) => drawing !== undefined);
for (const [name, drawing] of plots) writeFileSync(path.join(folder, name), drawing);
const target = path.join(docs, 'performance.md');
const markdown = page(
  report,
  plots.map(([name]) => name),
);
writeFileSync(target, markdown);
writeFileSync(path.join(folder, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
console.log(
  `${target}; beside it in performance/: ${['bench.json', ...plots.map(([name]) => name)].join(', ')}`,
);
