// Runs every test and closes with one line over all of them: `N passed, N failed, N skipped`.
//   node scripts/test.js            unit, browser and end-to-end tests, and those of the packed package
//   node scripts/test.js --train    the tests of train/ as well (PYTHON names an interpreter that has train/requirements.txt)
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { findBrowser } from './browser.js';

const RESULTS = 'test-results';

/** Runs a suite that leaves a report, and counts what it reports. A suite that leaves none has failed. */
function run(name, command, args, read) {
  console.log(`\n== ${name}: ${[command, ...args].join(' ')}`);
  const began = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: process.env });
  let counts;
  try {
    counts = read();
  } catch (error) {
    console.error(`${name} left no readable report: ${error.message}`);
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  // A runner can fail without a failing test: a file that does not load, an unhandled error.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.passed + counts.failed === 0) {
    console.error(`${name} ran no test.`);
    counts.failed = 1;
  }
  return { name, ...counts, seconds: Math.round((Date.now() - began) / 1000) };
}

const json = (file) => JSON.parse(readFileSync(`${RESULTS}/${file}`, 'utf8'));

function vitest(project) {
  const args = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
  return run(project, 'npx', [...args, `--outputFile.json=${RESULTS}/${project}.json`], () => {
    const report = json(`${project}.json`);
    return {
      passed: report.numPassedTests,
      // A file that does not load has no tests but is a failed suite.
      failed:
        report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
          .length + report.numFailedTests,
      skipped: report.numPendingTests,
    };
  });
}

function pytest() {
  const python = process.env.PYTHON ?? 'python3';
  const args = ['-m', 'pytest', '-q', '--rootdir=train', 'train', `--junit-xml=${RESULTS}/train.xml`];
  return run('train', python, args, () => {
    const suite = readFileSync(`${RESULTS}/train.xml`, 'utf8').match(/<testsuite [^>]*>/)[0];
    const count = (attribute) => Number(suite.match(new RegExp(`${attribute}="(\\d+)"`))?.[1] ?? 0);
    const failed = count('failures') + count('errors');
    const skipped = count('skipped');
    return { passed: count('tests') - failed - skipped, failed, skipped };
  });
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
  run('browser', 'npx', ['web-test-runner'], () => json('browser.json')),
  vitest('e2e'),
  vitest('package'),
  ...(process.argv.includes('--train') ? [pytest()] : []),
];
const total = (key) => suites.reduce((sum, suite) => sum + suite[key], 0);
console.log();
for (const { name, passed, failed, skipped, seconds } of suites)
  console.log(`${name.padEnd(8)} ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
console.log(
  `\n${total('passed')} passed, ${total('failed')} failed${total('skipped') ? `, ${total('skipped')} skipped` : ''}`,
);
process.exit(total('failed') === 0 ? 0 : 1);
