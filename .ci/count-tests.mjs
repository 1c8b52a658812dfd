/**
 * Adds up Vitest's JSON reports named as arguments and prints `PASSED FAILED`. A file that failed before it had a test
 * to fail (a broken import, a failing hook) counts as one failure, and so does a report that cannot be read.
 */
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;

function count(report) {
  for (const file of report.testResults) {
    const failedTests = file.assertionResults.filter(({ status }) => status === 'failed').length;
    passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    failed += file.status === 'failed' ? Math.max(1, failedTests) : failedTests;
  }
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
