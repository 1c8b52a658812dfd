import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { loadOrMakeKey } from '../src/adapters/secrets/secret-key.ts';
import { killLaunched, launch } from './launch.ts';

/** Where a server listens, and what its API takes for an admin. */
export interface ServerOfBench {
  readonly url: string;
  readonly token: string;
}

/** A PostgreSQL that keeps its durability, and the server over it as a process of its own. */
export interface ServersOfBench {
  readonly databaseUrl: string;
  /** Ends the server that runs, if one does, and starts one with these settings over the same database. */
  start(settings?: Readonly<Record<string, string>>): Promise<ServerOfBench>;
}

/**
 * Gives a bench its database, and ends both when it is done.
 * @param dataDir where the database is kept for the next time; absent: it is empty, and removed afterwards
 */
export async function withServers<R>(act: (servers: ServersOfBench) => Promise<R>, dataDir?: string): Promise<R> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'bench-'));
  const token = randomBytes(24).toString('base64url');
  try {
    const postgres = await startEmbeddedPostgres(dataDir === undefined ? {} : { dataDir });
    try {
      const start: ServersOfBench['start'] = async (settings = {}) => {
        killLaunched();
        const url = await launch('../src/main.ts', /"url":"([^"]+)".*"msg":"ready"/, {
          DATABASE_URL: postgres.url,
          DATA_DIR: folder,
          PORT: '0',
          ADMIN_TOKEN: token,
          SECRET_KEY: Buffer.from(loadOrMakeKey(folder)).toString('base64'),
          NODE_ENV: 'production',
          ...settings,
        });
        return { url, token };
      };
      return await act({ databaseUrl: postgres.url, start });
    } finally {
      killLaunched();
      await postgres.stop();
    }
  } finally {
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures at one size after the other, each over a database of its own, and prints each report as it comes. */
export async function atSizes<R>(
  sizes: readonly number[],
  measure: (servers: ServersOfBench, size: number) => Promise<R>,
): Promise<readonly R[]> {
  const reports: R[] = [];
  for (const size of sizes) {
    const report = await withServers((servers) => measure(servers, size));
    reports.push(report);
    console.log(JSON.stringify(report, undefined, 2));
  }
  return reports;
}

/** Runs a bench, prints what it gives as its last line, and ends the process: with 1 when it failed. */
export async function runBench(bench: () => Promise<object>): Promise<never> {
  try {
    console.log(JSON.stringify(await bench()));
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
