/**
 * `npm run bench:fleet -- [sizes]`: devices imported through the REST API (rows a second), pages of them, filtered and sorted,
 * counts, an export, and the server's memory all the while, at 10,000 and 100,000 devices unless told
 * (`-- 10000 100000 1000000`). The server is a process of its own over a PostgreSQL of its own that keeps its durability, anew
 * for each size. The last line is JSON; `worstPageMs` is of the largest size.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { type FleetReport, measureFleet } from './campaign/fleet.ts';
import { killLaunched, launch } from './launch.ts';

const given = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
const SIZES = given.length === 0 ? [10_000, 100_000] : given.map(Number);
const TOKEN = randomBytes(24).toString('base64url');

const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
let code = 0;
try {
  const reports: FleetReport[] = [];
  for (const size of SIZES) {
    const report = await measured(size);
    reports.push(report);
    console.log(JSON.stringify(report, undefined, 2));
  }
  const last = reports.at(-1);
  console.log(
    JSON.stringify({ bench: 'fleet', worstPageMs: Math.max(...Object.values(last?.pageMs ?? {})), sizes: reports }),
  );
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  killLaunched();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

async function measured(size: number): Promise<FleetReport> {
  const postgres = await startEmbeddedPostgres();
  try {
    const url = await launch('../src/main.ts', /"url":"([^"]+)".*"msg":"ready"/, {
      DATABASE_URL: postgres.url,
      DATA_DIR: folder,
      PORT: '0',
      ADMIN_TOKEN: TOKEN,
      SECRET_KEY: randomBytes(32).toString('base64'),
      NODE_ENV: 'production',
    });
    return await measureFleet({ url, token: TOKEN }, size);
  } finally {
    killLaunched();
    await postgres.stop();
  }
}
