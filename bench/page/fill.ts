import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { ApiClient, endOfDelivery } from '../../scripts/api-client.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import type { ServerOfBench } from '../servers.ts';
import { type Campaigns, campaignRows } from './campaign-rows.ts';
import { FUNCTIONS, fleetRows, type Models, officeRows, type Rows } from './fleet-rows.ts';
import { historyRows, sessions } from './history-rows.ts';

/** What there is to ask about. */
export interface Fleet extends Models, Campaigns {
  readonly devices: number;
}

/** Says in the database itself what it was filled with. */
const MARK = 'bench-page';
/** Of the last hour, as one that triggers a campaign sees them. */
const SESSIONS_OF_LAST_HOUR = 0.06;
/** Fewer than so many of the last minutes: nobody has been here. */
const MANY = 20;

/**
 * Fills an empty database with a fleet that has a past, or gives what it was filled with before. Indexes are made after the
 * rows, and triggers stay quiet; both are as ever afterwards, and the planner knows what is there. What is of the last hour
 * is made anew when it has become old.
 */
export async function fill(server: ServerOfBench, databaseUrl: string, devices: number): Promise<Fleet> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET maintenance_work_mem = 262144; SET work_mem = 131072; SET synchronous_commit = off');
    let fleet = await filled(client);
    if (fleet === undefined) {
      await client.query(FUNCTIONS);
      await client.query('CREATE TABLE bench_device (n int PRIMARY KEY, id uuid, device_id text, at timestamptz)');
      const models = await makeModels(server, client);
      const campaigns = await draftCampaigns(server, models);
      fleet = { devices, ...models, ...campaigns };
      await quietly(client, [
        ...fleetRows(devices, models),
        ...officeRows(models),
        ...historyRows(devices, models),
        ...campaignRows(devices, models, campaigns),
      ]);
      await client.query('INSERT INTO setting VALUES ($1, $2)', [MARK, JSON.stringify(fleet)]);
    }
    await freshen(client, fleet);
    return fleet;
  } finally {
    await client.end();
  }
}

async function filled(client: pg.Client): Promise<Fleet | undefined> {
  const { rows } = await client.query<{ value: string }>('SELECT value FROM setting WHERE key = $1', [MARK]);
  return rows[0] === undefined ? undefined : (JSON.parse(rows[0].value) as Fleet);
}

/** Sessions of the last hour. */
async function freshen(client: pg.Client, fleet: Fleet): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM dm_session WHERE id > uuidv7(interval '-15 minutes') LIMIT ${MANY}`,
  );
  if (rowCount === MANY) return;
  const count = Math.round(fleet.devices * SESSIONS_OF_LAST_HOUR);
  await client.query("UPDATE dm_session SET closed_at = now(), phase = 'closed' WHERE closed_at IS NULL");
  await put(client, sessions(fleet.devices, fleet, count, "interval '1 hour'", "interval '1 second'"));
  await client.query('VACUUM ANALYZE dm_session');
}

/** Puts rows in while no trigger fires and no index but those of keys is kept up. */
async function quietly(client: pg.Client, all: readonly Rows[]): Promise<void> {
  const tables = [...new Set([...all.map(({ table }) => table), 'push'])];
  const { rows: indexes } = await client.query<{ name: string; text: string }>(
    `SELECT quote_ident(c.relname) AS name, pg_get_indexdef(i.indexrelid) AS text FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relname = ANY ($1) AND NOT i.indisunique`,
    [tables],
  );
  await client.query('SET session_replication_role = replica');
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  for (const rows of all) await put(client, rows);
  for (const { text } of indexes) await timed(text.slice(0, 60), () => client.query(text));
  await client.query('SET session_replication_role = origin');
  await timed('vacuum, analyze, checkpoint', async () => {
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}

const put = (client: pg.Client, { table, sql }: Rows): Promise<void> => timed(table, () => client.query(sql));

async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await act().catch((cause: unknown) => {
    throw new Error(`${what} could not be filled`, { cause });
  });
  console.log(`filling: ${what} ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

/** A package, a device, and a session in which it was delivered, through the API and the device door. */
async function makeModels(server: ServerOfBench, client: pg.Client): Promise<Models> {
  const api = new ApiClient(server.url, server.token);
  const xml = readFileSync(new URL('../../provisioning-xml/apn-and-browser.xml', import.meta.url));
  const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=model', xml);
  const deviceId = 'IMEI:352099001761481';
  const account = {
    client: { username: 'model', password: 'client-secret', nonce: randomBytes(16) },
    server: { password: 'server-secret', nonce: randomBytes(16) },
  };
  await api.post('/api/v1/devices', {
    deviceId,
    dm: {
      auth: 'md5',
      client: { ...account.client, nonce: account.client.nonce.toString('base64') },
      server: { ...account.server, nonce: account.server.nonce.toString('base64') },
    },
  });
  const { id: deliveryId } = await api.post<{ id: string }>('/api/v1/deliveries', {
    packageId,
    deviceId,
    trigger: false,
  });
  const { client: own, server: others } = account;
  await new VirtualDevice({
    deviceId,
    serverUrl: `${server.url}/dm`,
    auth: 'md5',
    client: own,
    server: { id: 'omadm', ...others },
  }).runSession();
  await endOfDelivery(api, deliveryId);
  const { rows } = await client.query<{ id: string; device_id: string }>('SELECT id, device_id FROM dm_session');
  const [session] = rows;
  if (session === undefined) throw new Error('the model device had no session');
  return { packageId, deviceId, deviceRow: session.device_id, sessionId: session.id, deliveryId };
}

async function draftCampaigns(server: ServerOfBench, { packageId }: Models): Promise<Campaigns> {
  const api = new ApiClient(server.url, server.token);
  const draft = async (name: string): Promise<string> => {
    const { id } = await api.post<{ id: string }>('/api/v1/campaigns', {
      name,
      content: { kind: 'package', packageId },
      target: { kind: 'all' },
      waves: [{ percent: 1 }, { percent: 10 }, { percent: 89 }],
    });
    return id;
  };
  return { finished: await draft('Browser home, everybody'), running: await draft('APN of the new core') };
}
