/**
 * Adds up Vitest's JSON reports named as arguments and prints `PASSED FAILED`. A file that failed before it had a test
 * to fail (a broken import, a failing hook) counts as one failure, and so does a report that cannot be read. What failed
 * is named on standard error, so that it stands near the end of a long log.
 */
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;

function count(report) {
  for (const file of report.testResults) {
    if (file.status === 'failed') tellFailures(file);
    const failedTests = file.assertionResults.filter(({ status }) => status === 'failed').length;
    passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    failed += file.status === 'failed' ? Math.max(1, failedTests) : failedTests;
  }
}

function tellFailures({ name, message, assertionResults }) {
  const failures = assertionResults.filter(({ status }) => status === 'failed');
  if (failures.length === 0) console.error(`FAILED ${name}\n${clip(message)}`);
  for (const { fullName, failureMessages } of failures) {
    console.error(`FAILED ${name}: ${fullName}\n${clip(failureMessages.join('\n'))}`);
  }
}

function clip(text) {
  return text.split('\n').slice(0, 8).join('\n').slice(0, 1500);
}

for (const path of process.argv.slice(2)) {
  try {
    count(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    failed += 1;
  }
}
console.log(passed, failed);
