import { type Area, placeOf } from './requirement.ts';
import { findTest, listTests, type TestFile } from './test-titles.ts';

/** Reads a file by its path from the repository's root; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Holds the table against the tests: one fault a line, empty when all is well.
 *
 * A `done` row names tests that are there and run, any other names none; what is left out is a may and says why; what is
 * superseded names the RFC that forbids it; no id stands twice. `importers` gives the test files that import a shared suite (`*.contract.ts`).
 */
export function checkTable(
  areas: readonly Area[],
  read: ReadFile,
  importers: (path: string) => readonly string[],
): string[] {
  const faults: string[] = [];
  const seen = new Map<string, string>();
  const files = new Map<string, TestFile | undefined>();
  const fileOf = (path: string): TestFile | undefined => {
    if (!files.has(path)) {
      const source = read(path);
      files.set(path, source === undefined ? undefined : listTests(source, path));
    }
    return files.get(path);
  };

  const faultOf = (citation: string): string | undefined => {
    const cut = citation.indexOf(' > ');
    if (cut < 0) return 'it names no test, only a file';
    const path = citation.slice(0, cut);
    if (!/^test\/.*\.(?:test|contract)\.ts$/.test(path)) return 'that is no file of tests';
    const file = fileOf(path);
    if (file === undefined) return 'there is no such file';
    if (path.endsWith('.contract.ts') && importers(path).length === 0) return 'no test file runs this suite';
    const test = findTest(file, citation.slice(cut + 3));
    if (test === undefined) return 'there is no such test';
    return test.doubt === undefined ? undefined : `it may not run: ${test.doubt}`;
  };

  for (const { area, requirements } of areas) {
    for (const row of requirements) {
      const before = seen.get(row.id);
      if (before !== undefined) faults.push(`${row.id}: it stands in ${before} and again in ${area}`);
      seen.set(row.id, area);
      if (placeOf(row.id) === undefined) faults.push(`${row.id}: it is not made of a document, a section and a number`);
      const tests = row.tests ?? [];
      if (row.state === 'done' && tests.length === 0) faults.push(`${row.id}: it is done but names no test`);
      if (row.state !== 'done' && tests.length > 0) faults.push(`${row.id}: it is ${row.state} but names a test`);
      if (row.state === 'left out' && row.level !== 'may') faults.push(`${row.id}: a ${row.level} cannot be left out`);
      if (row.state === 'left out' && row.note === undefined) faults.push(`${row.id}: it is left out without a reason`);
      if (row.state === 'superseded' && !/\bRFC \d+/.test(row.note ?? '')) {
        faults.push(`${row.id}: it is superseded, but its note names no RFC`);
      }
      if (new Set(tests).size !== tests.length) faults.push(`${row.id}: it names one test twice`);
      for (const citation of tests) {
        const fault = faultOf(citation);
        if (fault !== undefined) faults.push(`${row.id}: ${citation}: ${fault}`);
      }
    }
  }
  return faults;
}
