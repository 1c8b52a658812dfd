import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, newChange } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

/** Enough rows for the planner to prefer an index where there is one. */
const DEVICES = 20_000;

let postgres: PostgresStores;
const statements = new Map<string, string>();

beforeAll(async () => {
  postgres = await postgresStores();
  const { pool } = postgres;
  await pool.query(`
    INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, created_at, updated_at)
      SELECT gen_random_uuid(), 'IMEI:' || n, '+' || n, 'md5', 'u', '', now(), now() FROM generate_series(1, ${DEVICES}) n;
    INSERT INTO package (id, name, revision, kind, command_count, variables, size, xml, commands, created_at)
      VALUES (gen_random_uuid(), 'p', 1, 'dm', 0, '{}', 0, '', '[]', now());
    INSERT INTO delivery (id, package_id, device_id, state, created_at, updated_at, expires_at, ended_at)
      SELECT gen_random_uuid(), p.id, d.id, s.state, now(), now(), now() + random() * interval '7 days',
        CASE WHEN s.state = 'succeeded' THEN now() END
      FROM device d, package p, (VALUES ('queued'), ('succeeded'), ('succeeded')) AS s(state);
    INSERT INTO dm_session (id, device_id, dm_session_id, opening, phase, state, last_msg_id, last_reply, opened_at,
        last_message_at, closed_at)
      SELECT gen_random_uuid(), d.id, n::text, n, 'closed', '{}', '1', '', now(), now(), CASE WHEN n < 4 OR random() < 0.95 THEN now() END
      FROM device d, generate_series(1, 4) n;
    INSERT INTO push (id, kind, destination, device_id, delivery_id, state, due_at, created_at, updated_at)
      SELECT gen_random_uuid(), 'package0', '+1', d.device_id, d.id,
        CASE WHEN random() < 0.02 THEN 'queued' ELSE 'delivered' END, now(), now(), now()
      FROM delivery d;
    INSERT INTO push (id, kind, destination, delivery_id, state, priority, due_at, created_at, updated_at)
      SELECT 'first', 'raw', '+1', id, 'queued', 9, now(), now(), now() FROM delivery WHERE state = 'queued' LIMIT 1;
    INSERT INTO push_part (push_id, part, message_id) SELECT id, 0, id FROM push WHERE id <> 'first';
    INSERT INTO sms_message (message_id, push_id, part, at) SELECT id, id, 0, now() FROM push;
    INSERT INTO node_value (device_id, loc_uri, at) SELECT id, './N' || n, now() FROM device, generate_series(1, 3) n;
    INSERT INTO dm_exchange (session_id, exchange, heads, bodies) SELECT id, 1, '[]', '' FROM dm_session;
    INSERT INTO campaign (id, name, state, kind, definition, priority, needs_approval, created_by, changed_by, created_at,
        updated_at)
      SELECT gen_random_uuid(), 'c', 'draft', 'push', '{}', 2, false, '', '', now(), now() FROM generate_series(1, 20000);
    ANALYZE`);
  await record();
});
afterAll(() => postgres.close());

/** The statements as they are sent, by name: everything goes through the pool. */
async function record(): Promise<void> {
  const { pool, stores } = postgres;
  const note = (query: unknown): void => {
    const { name, text } = query as { name?: string; text?: string };
    if (name !== undefined && text !== undefined) statements.set(name, text);
  };
  const send = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  Object.assign(pool, {
    query: (...args: unknown[]) => {
      note(args[0]);
      return send(...args);
    },
  });
  pool.on('acquire', (client) => {
    const sendHere = client.query.bind(client) as (...args: unknown[]) => unknown;
    Object.assign(client, {
      query: (...args: unknown[]) => {
        note(args[0]);
        return sendHere(...args);
      },
    });
  });
  const { sessions, outbox, entropy } = stores;
  const context = { device: { id: entropy.id(), lock: 0 } };
  await sessions.load('nobody', '1');
  const change = newChange(stores, context, {
    device: { clientNonce: new Uint8Array(1), seen: true },
    deliveries: [{ id: entropy.id(), state: 'delivering', position: 1 }],
    results: [{ deliveryId: entropy.id(), path: [0], item: 0, command: 'Get', locUri: './A' }],
    nodeValues: [{ locUri: './A', at: at(0) }],
    alerts: [{ code: 1226, type: 'urn:x', format: 'chr' }],
    awaited: [{ deliveryId: entropy.id(), path: [0], correlator: 'c' }],
    log: [
      {
        direction: 'device',
        msgId: '1',
        encoding: 'xml',
        wireSize: 1,
        version: '1.2',
        masked: new Uint8Array(1),
        at: at(0),
      },
    ],
    session: { supersedesOthers: true },
  });
  await sessions.commit(change);
  await sessions.commit({ ...change, session: { ...change.session, isNew: false, closed: { reason: 'completed' } } });
  await sessions.closeSilent(at(0), at(0), 10);
  await sessions.messages(entropy.id(), { limit: 10 });
  await sessions.get(entropy.id());
  await outbox.nextDueAt();
  const now = new Date(Date.now() + 60_000);
  const [claim] = await outbox.claimDue(1, now, 1_000, 'a');
  const outcome = { kind: 'accepted', messageId: 'm' } as const;
  await outbox.recordOutcomes(
    [
      {
        pushId: claim?.pushId ?? '',
        attempt: 1,
        partCount: 2,
        parts: [{ part: 0, outcome }],
        decision: { state: 'sent', attempts: 1 },
      },
    ],
    now,
    'a',
  );
  await outbox.recordReceipts([{ messageId: 'm', state: 'delivered' }], now);
  expect((await outbox.find('first'))?.state).toBe('sent');
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

it.each([
  'session-load',
  /^session-commit-.*O.*S.*D.*R.*T.*A.*X.*L$/,
  /^session-commit-.*cU.*S.*D.*R.*T.*A.*X.*L$/,
  'session-close-silent',
  'session-messages',
  'session-get',
  'push-next-due',
  'push-claim',
  'push-messages',
  'push-parts',
  'push-decisions',
  'push-delivery-triggered',
  'push-receipts',
  'push-settle-read',
  'push-settle-read-parts',
])('%s reads no table from end to end', async (wanted) => {
  const found = [...statements].find(([name]) => (typeof wanted === 'string' ? name === wanted : wanted.test(name)));
  if (found === undefined) throw new Error(`nobody sends it; there are ${[...statements.keys()].join(', ')}`);
  // As after a few executions, when the plan no longer looks at the values.
  const { rows } = await postgres.pool.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${found[1]}`);
  const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([]);
});
