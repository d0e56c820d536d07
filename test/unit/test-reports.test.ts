// What failed is said by name at the end of a run, where the log of a build server is read.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPytest, readSessions, readVitest } from '../../scripts/test-reports.js';

const at = (file: string) => join(process.cwd(), file);

it('names what failed in Vitest, and a file that did not load', () => {
  const report = {
    numPassedTests: 1,
    numPendingTests: 2,
    testResults: [
      {
        name: at('test/unit/a.test.ts'),
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'a does', failureMessages: [] },
          { status: 'failed', fullName: 'a fails', failureMessages: ['expected 1 to be 2'] },
        ],
      },
      { name: at('test/unit/b.test.ts'), status: 'failed', assertionResults: [], message: 'no such module' },
    ],
  };
  expect(readVitest(report)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 2,
    failures: [
      { test: 'test/unit/a.test.ts > a fails', message: 'expected 1 to be 2' },
      { test: 'test/unit/b.test.ts', message: 'no such module' },
    ],
  });
});

it('names what failed in a browser, suites within suites, and a file that did not load', () => {
  const tests = [
    { name: 'does', passed: true, skipped: false },
    { name: 'waits', passed: false, skipped: true },
    { name: 'fails', passed: false, skipped: false, error: { message: 'expected 1 to be 2' } },
  ];
  const sessions = [
    {
      testFile: at('test/browser/a.test.ts'),
      testResults: { tests: [tests[0]], suites: [{ name: 'inner', tests, suites: [] }] },
      passed: false,
      errors: [],
    },
    {
      testFile: at('test/browser/b.test.ts'),
      testResults: undefined,
      passed: false,
      errors: [{ message: 'no such module' }],
    },
  ];
  expect(readSessions(sessions)).toEqual({
    passed: 2,
    failed: 2,
    skipped: 1,
    failures: [
      { test: 'test/browser/a.test.ts > inner > fails', message: 'expected 1 to be 2' },
      { test: 'test/browser/b.test.ts', message: 'no such module' },
    ],
  });
});

it('names what failed in pytest', () => {
  const xml =
    '<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="1">' +
    '<testcase classname="tests.test_a" name="test_does" time="0.1" />' +
    '<testcase classname="tests.test_a" name="test_fails" time="0.1"><failure message="assert 1 == 2">…</failure></testcase>' +
    '<testcase classname="tests.test_a" name="test_waits" time="0.1"><skipped type="pytest.skip" message="no GPU">…</skipped></testcase>' +
    '</testsuite></testsuites>';
  expect(readPytest(xml)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 1,
    failures: [{ test: 'tests.test_a > test_fails', message: 'assert 1 == 2' }],
  });
});
