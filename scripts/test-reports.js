// What a suite's report says: { passed, failed, skipped, failures: [{ test, message }] }, every failed test by its name.
import { relative } from 'node:path';

/** Of the parsed JSON of Vitest's reporter. */
export function readVitest(report) {
  const failures = [];
  for (const file of report.testResults) {
    const where = relative(process.cwd(), file.name);
    for (const test of file.assertionResults)
      if (test.status === 'failed')
        failures.push({ test: `${where} > ${test.fullName}`, message: test.failureMessages.join('; ') });
    // A file that does not load has no tests but is a failed suite.
    if (file.status === 'failed' && file.assertionResults.length === 0)
      failures.push({ test: where, message: file.message });
  }
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests,
    failures,
  };
}

/** Of a @web/test-runner's sessions. */
export function readSessions(sessions) {
  const result = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const fail = (test, message) => {
    result.failed++;
    result.failures.push({ test, message });
  };
  const read = (suite, where) => {
    for (const test of suite?.tests ?? []) {
      if (test.skipped) result.skipped++;
      else if (test.passed) result.passed++;
      else fail(`${where} > ${test.name}`, test.error?.message ?? '');
    }
    for (const inner of suite?.suites ?? []) read(inner, `${where} > ${inner.name}`);
  };
  for (const { testFile, testResults, passed, errors } of sessions) {
    const where = relative(process.cwd(), testFile);
    const before = result.failed;
    read(testResults, where);
    // A file that does not load has an error and no failing test.
    if (!passed && result.failed === before) fail(where, errors.map(({ message }) => message).join('; '));
  }
  return result;
}

/** Of pytest's JUnit XML. */
export function readPytest(xml) {
  const suite = xml.match(/<testsuite [^>]*>/)[0];
  const count = (attribute) => Number(suite.match(new RegExp(`${attribute}="(\\d+)"`))?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  const wrong = /<testcase classname="([^"]*)" name="([^"]*)"[^>]*>\s*<(?:failure|error) message="([^"]*)"/g;
  const failures = [...xml.matchAll(wrong)].map(([, file, test, message]) => ({
    test: `${file} > ${test}`,
    message,
  }));
  return { passed: count('tests') - failed - skipped, failed, skipped, failures };
}
