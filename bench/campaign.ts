/**
 * `npm run bench:campaign -- --devices 10000,100000,1000000`: a campaign over the whole fleet, at each of these sizes (10,000
 * and 100,000 unless told). The devices come through the REST API, as a file; then are measured, in this order: pages of them
 * by filters and orders that go together; a campaign from its start to the first trigger and until all targets are there, with
 * few triggers allowed to wait, so that it is all the server does; a plain `INSERT … SELECT` of the same rows into a table of
 * the same shape and indexes; and, by a server that lets any number wait (CAMPAIGN_BACKLOG), how many triggers a second are in
 * the outbox, while progress is asked for through the REST API. No link takes them: what is measured ends at the outbox.
 *
 * The server is a process of its own over a PostgreSQL of its own that keeps its durability, anew for each size. What devices
 * say of themselves (model, firmware, language, when they were seen) is put in by a trigger while they are imported. The last
 * line is JSON. `growth` compares the two largest sizes: times over devices, so that 1 is linear.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { type CampaignReport, growthOf, measureCampaign } from './campaign/program.ts';
import { killLaunched, launch } from './launch.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000,100000' },
    /** Of each campaign, at most. */
    triggers: { type: 'string', default: '30000' },
  },
});
const SIZES = values.devices.split(',').map(Number);
const TRIGGERS = Number(values.triggers);
const TOKEN = randomBytes(24).toString('base64url');
const SECRET_KEY = randomBytes(32).toString('base64');

const folder = mkdtempSync(join(tmpdir(), 'bench-campaign-'));
let code = 0;
try {
  const reports: CampaignReport[] = [];
  for (const size of SIZES) {
    const report = await measured(size);
    reports.push(report);
    console.log(JSON.stringify(report, undefined, 2));
  }
  console.log(JSON.stringify({ bench: 'campaign', ...growthOf(reports), sizes: reports }));
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  killLaunched();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

async function measured(size: number): Promise<CampaignReport> {
  const postgres = await startEmbeddedPostgres();
  try {
    const start = async (backlog: number): Promise<string> => {
      killLaunched();
      return launch('../src/main.ts', /"url":"([^"]+)".*"msg":"ready"/, {
        DATABASE_URL: postgres.url,
        DATA_DIR: folder,
        PORT: '0',
        ADMIN_TOKEN: TOKEN,
        SECRET_KEY,
        NODE_ENV: 'production',
        CAMPAIGN_BACKLOG: String(backlog),
      });
    };
    return await measureCampaign({ start, token: TOKEN, databaseUrl: postgres.url }, size, TRIGGERS);
  } finally {
    killLaunched();
    await postgres.stop();
  }
}
