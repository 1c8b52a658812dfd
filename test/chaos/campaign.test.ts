import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../../scripts/api-client.ts';
import { freePort } from '../../scripts/free-port.ts';
import { ADMIN_TOKEN, ServerProcess } from '../e2e/server-process.ts';
import { type Manner, VirtualFleet } from '../e2e/virtual-fleet.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';

const DEVICES = 5_000;
const PROCESSES = 3;
const KILLS = 10;
const HOME = './Vendor/Browser/Home';
const XML = `<SyncBody>
  <Replace><Item><Target><LocURI>${HOME}</LocURI></Target><Data>http://home.example/</Data></Item></Replace>
</SyncBody>`;
/** 5 % refuse, 1 % have no number. */
const mannerOf = (index: number): Manner =>
  index % 20 === 3 ? 'refuses' : index % 100 === 50 ? 'unreachable' : 'obeys';

let database: TestDatabase;
let pool: pg.Pool;
let fleet: VirtualFleet;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  fleet = await VirtualFleet.start({
    count: DEVICES,
    databaseUrl: database.url,
    secretKey: new Uint8Array(32).fill(7),
    serverUrl: (index) => `${servers[index % PROCESSES]?.url}/dm`,
    mannerOf,
  });
  for (let n = 0; n < PROCESSES; n++) {
    servers.push(
      new ServerProcess({
        databaseUrl: database.url,
        port: await freePort(),
        smppUrl: `smpp://c:p@127.0.0.1:${fleet.smsc.port}?responseMs=3000`,
        // A push that may have been sent is not sent again: its attempt has failed, and the next is another one.
        env: { PUSH_UNCERTAIN: 'fail' },
      }),
    );
  }
  for (const server of servers) await server.start();
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server.kill();
  await fleet.close();
  await pool.end();
  await database.drop();
});

interface Progress {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

it(`${DEVICES} devices in three waves, worked by three processes of which one is killed ten times: every target ends truly, counted and triggered once an attempt`, async () => {
  const [first] = servers as [ServerProcess, ...ServerProcess[]];
  const api = new ApiClient(first.url, ADMIN_TOKEN);
  const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=home', Buffer.from(XML));
  const { id } = await api.post<{ id: string }>('/api/v1/campaigns', {
    name: 'home page',
    content: { kind: 'package', packageId },
    target: { kind: 'all' },
    waves: [{ percent: 10 }, { percent: 30 }, { percent: 60 }],
    thresholds: { successPercent: 80, errorPercent: 50, errorMinimum: 100 },
    timeoutMs: 600_000,
    retry: { maxAttempts: 5, on: ['trigger-failed', 'expired', 'aborted'], firstMs: 1_000, maxMs: 5_000 },
  });
  await api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: DEVICES });

  const progress = async (): Promise<Progress> => {
    for (const server of servers) {
      const answer = await new ApiClient(server.url, ADMIN_TOKEN)
        .get<Progress>(`/api/v1/campaigns/${id}/progress`)
        .catch(() => undefined);
      if (answer !== undefined) return answer;
    }
    return { state: 'nobody answers', counts: {} };
  };
  const finished = async (): Promise<number> => {
    const { counts } = await progress();
    return (counts['succeeded'] ?? 0) + (counts['failed'] ?? 0) + (counts['expired'] ?? 0);
  };

  // Spread over the whole campaign: one process after the other, and whatever it is doing.
  for (let kill = 0; kill < KILLS; kill++) {
    const from = Math.round((DEVICES * 0.9 * kill) / KILLS);
    await expect.poll(finished, { timeout: 300_000, interval: 200 }).toBeGreaterThanOrEqual(from);
    await servers[kill % PROCESSES]?.killAndRestart();
  }
  await expect.poll(async () => (await progress()).state, { timeout: 600_000, interval: 500 }).toBe('completed');
  await fleet.whenIdle();

  const { rows: targets } = await pool.query<{
    device_id: string;
    state: string;
    reason: string | null;
    attempt: number;
  }>(
    'SELECT d.device_id, t.state, t.reason, t.attempt FROM campaign_target t JOIN device d ON d.id = t.device_id ORDER BY 1',
  );
  expect(targets).toHaveLength(DEVICES);
  const attempts = new Map<number, number>();
  for (const { device_id, state, reason, attempt } of targets) {
    const index = Number(device_id.slice('IMEI:35'.length));
    attempts.set(index, attempt);
    const manner = mannerOf(index);
    const truth =
      manner === 'obeys'
        ? { state: 'succeeded', reason: null }
        : { state: 'failed', reason: manner === 'refuses' ? 'command-refused' : 'trigger-failed' };
    expect({ device_id, state, reason }).toEqual({ device_id, ...truth });
    const held = manner === 'unreachable' ? undefined : fleet.device(index).tree.valueOf(HOME);
    expect(held === 'http://home.example/').toBe(manner === 'obeys');
  }

  const recount = await pool.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM campaign_target GROUP BY state',
  );
  const { counts } = await progress();
  expect(Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))).toEqual(
    Object.fromEntries(recount.rows.map(({ state, n }) => [state, n])),
  );

  // One trigger an attempt, in the database and at the SMS centre.
  const { rows: pushes } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM push WHERE kind = 'package0' GROUP BY delivery_id HAVING count(*) > 1`,
  );
  expect(pushes).toEqual([]);
  const { rows: deliveries } = await pool.query(
    `SELECT t.device_id, t.attempt, count(d.id)::int AS n FROM campaign_target t LEFT JOIN delivery d
      ON d.device_id = t.device_id AND d.campaign_id = t.campaign_id
    GROUP BY t.device_id, t.attempt HAVING count(d.id) <> t.attempt`,
  );
  expect(deliveries).toEqual([]);
  for (const [index, times] of fleet.triggers) expect(times).toBeLessThanOrEqual(attempts.get(index) ?? 0);

  // Every transition was written down, each from where the one before it had led to.
  const { rows: broken } = await pool.query(
    `SELECT device_id FROM (SELECT device_id, data->>'from' AS "from",
        coalesce(lag(data->>'to') OVER (PARTITION BY device_id ORDER BY id), 'waiting') AS before
      FROM event WHERE kind LIKE 'target.%') AS e WHERE "from" <> before LIMIT 5`,
  );
  expect(broken).toEqual([]);
  const kills = servers.reduce((sum, server) => sum + server.kills, 0);
  const again = [...attempts.values()].filter((n) => n > 1).length;
  process.stdout.write(
    `\n${kills} kills, ${fleet.sent} triggers for ${DEVICES} devices, ${again} of which took another attempt\n`,
  );
  expect(kills).toBe(KILLS);
}, 900_000);
