import { defineConfig } from 'vitest/config';

/** One embedded PostgreSQL for the whole run; it starts only when a project that names it has files to run. */
const withPostgres = ['test/setup/postgres.ts'];

/** Rooms of `test/` whose suites talk to a real PostgreSQL. */
const needsPostgres = ['test/adapters', 'test/contract', 'test/e2e'];
const suites = (folders: readonly string[]): string[] => folders.map((folder) => `${folder}/**/*.test.ts`);

/** `TEST_REPORT=file.json` writes the run as JSON too: `.ci/run` counts from it. */
const report = process.env['TEST_REPORT'];

/**
 * Six projects, told apart by folder:
 *
 * | project    | folders                            | needs                        | run by                 |
 * |------------|------------------------------------|------------------------------|------------------------|
 * | `unit`     | everything not named below         | npm                          | `npm test`             |
 * | `fuzz`     | test/fuzz                          | npm, minutes rather than ms  | `npm test`             |
 * | `database` | test/adapters, test/contract, test/e2e | npm (embedded PostgreSQL) | `npm test`             |
 * | `chaos`    | test/chaos                         | npm (embedded PostgreSQL), minutes | `npm run test:chaos` |
 * | `web`      | test/web                           | Debian's Chromium, the built page | `npm run test:web` |
 * | `interop`  | test/interop                       | Debian programs, fixtures    | `npm run test:interop` |
 */
export default defineConfig({
  test: {
    // Two cores in CI: more workers only make the timed suites wait for each other.
    maxWorkers: 2,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: suites([...needsPostgres, 'test/fuzz', 'test/chaos', 'test/web', 'test/interop']),
          // Far from what any of them takes: what grows with the square of its input still runs into it.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'fuzz',
          include: suites(['test/fuzz']),
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: suites(needsPostgres),
          globalSetup: withPostgres,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: suites(['test/chaos']),
          globalSetup: withPostgres,
          // Each starts servers of its own and wants the machine to itself.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'web',
          include: suites(['test/web']),
          globalSetup: withPostgres,
          // One browser at a time: two would fight for the machine's cores, and what is waited for would come late.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: suites(['test/interop']),
          globalSetup: withPostgres,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
