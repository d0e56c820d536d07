// Runs every test and closes with what failed, by name, and one line over all of them: `N passed, N failed, N skipped`.
//   node scripts/test.js            unit, browser and end-to-end tests, and those of the packed package
//   node scripts/test.js --train    the tests of train/ as well (PYTHON names an interpreter that has train/requirements.txt)
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { findBrowser } from './browser.js';
import { readPytest, readVitest } from './test-reports.js';

const RESULTS = 'test-results';

/** Runs a suite that leaves a report, and reads it (`test-reports.js`). A suite that leaves none has failed. */
function run(name, command, args, read) {
  console.log(`\n== ${name}: ${[command, ...args].join(' ')}`);
  const began = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: process.env });
  let report = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const fail = (message) => {
    report.failed++;
    report.failures.push({ test: name, message });
  };
  try {
    report = read();
  } catch (error) {
    fail(`left no readable report: ${error.message}`);
  }
  // A runner can fail without a failing test: an unhandled error.
  if (status !== 0 && report.failed === 0) fail(`ended with exit code ${status}, see above`);
  if (report.passed + report.failed === 0) fail('ran no test');
  return { name, ...report, seconds: Math.round((Date.now() - began) / 1000) };
}

const text = (file) => readFileSync(`${RESULTS}/${file}`, 'utf8');

function vitest(project) {
  const args = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
  return run(project, 'npx', [...args, `--outputFile.json=${RESULTS}/${project}.json`], () =>
    readVitest(JSON.parse(text(`${project}.json`))),
  );
}

function pytest() {
  const python = process.env.PYTHON ?? 'python3';
  const args = ['-m', 'pytest', '-q', '--rootdir=train', 'train', `--junit-xml=${RESULTS}/train.xml`];
  return run('train', python, args, () => readPytest(text('train.xml')));
}

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
try {
  process.env.CHROME_PATH = await findBrowser();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const suites = [
  vitest('unit'),
  run('browser', 'npx', ['web-test-runner'], () => JSON.parse(text('browser.json'))),
  vitest('e2e'),
  vitest('package'),
  ...(process.argv.includes('--train') ? [pytest()] : []),
];
const total = (key) => suites.reduce((sum, suite) => sum + suite[key], 0);
for (const { name, failures } of suites)
  for (const { test, message } of failures)
    console.log(`\nFAILED ${name}: ${test}\n  ${message.slice(0, 1500).replaceAll('\n', '\n  ')}`);
console.log();
for (const { name, passed, failed, skipped, seconds } of suites)
  console.log(`${name.padEnd(8)} ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
console.log(
  `\n${total('passed')} passed, ${total('failed')} failed${total('skipped') ? `, ${total('skipped')} skipped` : ''}`,
);
process.exit(total('failed') === 0 ? 0 : 1);
