import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgHistoryStore } from '../../../src/adapters/pg/pg-history-store.ts';
import type { History } from '../../../src/services/ports/history-store.ts';
import { Purge } from '../../../src/services/purge.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const KEEP_DAYS = 30;

let postgres: PostgresStores;
let histories: PgHistoryStore;
let made = 0;
beforeAll(async () => {
  postgres = await postgresStores();
  histories = new PgHistoryStore(postgres.pool);
});
afterAll(() => postgres.close());
beforeEach(async () => {
  await postgres.emptied();
});

const daysAgo = (days: number): Date => new Date(NOW - days * DAY);

/** An id as it would have been made then. */
function idOf(days: number): string {
  made += 1;
  const ms = daysAgo(days).getTime().toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}`;
}

/** Puts a row in; what is a Date or an array goes as it is. */
async function insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(row);
  await postgres.pool.query(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, place) => `$${place + 1}`).join(', ')})`,
    Object.values(row),
  );
}

async function device(): Promise<string> {
  const id = idOf(400);
  await insert('device', {
    id,
    device_id: `IMEI:${id}`,
    auth: 'md5',
    client_username: 'u',
    secrets: Buffer.of(0),
    created_at: daysAgo(400),
    updated_at: daysAgo(400),
  });
  return id;
}

async function session(deviceId: string, openedDaysAgo: number, closedDaysAgo?: number): Promise<string> {
  const id = idOf(openedDaysAgo);
  await insert('dm_session', {
    id,
    device_id: deviceId,
    dm_session_id: '1',
    opening: made,
    phase: closedDaysAgo === undefined ? 'managing' : 'closed',
    state: '{}',
    last_msg_id: '1',
    last_reply: Buffer.of(0),
    opened_at: daysAgo(openedDaysAgo),
    last_message_at: daysAgo(closedDaysAgo ?? openedDaysAgo),
    closed_at: closedDaysAgo === undefined ? null : daysAgo(closedDaysAgo),
  });
  await insert('dm_exchange', { session_id: id, exchange: 1, heads: '[]', bodies: Buffer.of(0) });
  return id;
}

async function delivery(deviceId: string, endedDaysAgo: number | undefined, campaignId?: string): Promise<string> {
  const id = idOf(200);
  await insert('delivery', {
    id,
    kind: 'discovery',
    plan: '{}',
    device_id: deviceId,
    state: endedDaysAgo === undefined ? 'queued' : 'succeeded',
    created_at: daysAgo(200),
    updated_at: daysAgo(200),
    expires_at: daysAgo(-1),
    ended_at: endedDaysAgo === undefined ? null : daysAgo(endedDaysAgo),
    campaign_id: campaignId ?? null,
  });
  await insert('result_report', { delivery_id: id, exchange: 1, results: '[]' });
  return id;
}

async function push(state: string, row: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = idOf(200);
  await insert('push', {
    id,
    kind: 'raw',
    destination: '1',
    state,
    due_at: daysAgo(200),
    created_at: daysAgo(200),
    updated_at: daysAgo(100),
    ...row,
  });
  await insert('push_part', { push_id: id, part: 0, link_id: 'one', message_id: id });
  await insert('sms_message', { link_id: 'one', message_id: id, push_id: id, part: 0, at: daysAgo(100) });
  return id;
}

async function object(deviceId: string, deliveryId: string | null, locUri: string): Promise<string> {
  const id = idOf(200);
  await insert('device_object', {
    id,
    device_id: deviceId,
    session_id: idOf(200),
    delivery_id: deliveryId,
    loc_uri: locUri,
    size: 1,
    begun_at: daysAgo(200),
    completed_at: daysAgo(200),
  });
  await insert('object_piece', { object_id: id, place: 0, octets: Buffer.of(1) });
  return id;
}

async function campaign(): Promise<string> {
  const id = idOf(300);
  await insert('campaign', {
    id,
    name: 'c',
    state: 'running',
    kind: 'discovery',
    definition: '{}',
    priority: 5,
    needs_approval: false,
    created_by: 'x',
    changed_by: 'x',
    created_at: daysAgo(300),
    updated_at: daysAgo(300),
  });
  return id;
}

/** Goes through a whole history; gives how many rows went. */
async function sweep(history: History, limit = 100): Promise<number> {
  let removed = 0;
  let after: string | undefined;
  do {
    const step = await histories.sweep(history, daysAgo(KEEP_DAYS), new Date(NOW), after, limit);
    expect(step.looked).toBeLessThanOrEqual(limit);
    removed += step.removed;
    after = step.next;
  } while (after !== undefined);
  return removed;
}

async function idsOf(table: string, column = 'id'): Promise<readonly string[]> {
  const { rows } = await postgres.pool.query<{ id: string }>(
    `SELECT ${column}::text AS id FROM ${table} ORDER BY ${column}`,
  );
  return rows.map(({ id }) => id);
}

describe('what is removed after its time', () => {
  it('are closed sessions with their messages, never one that goes on or was spoken in lately', async () => {
    const one = await device();
    const old = await session(one, 100, 99);
    const open = await session(one, 100);
    const longClosed = await session(one, 31, 29);
    const recent = await session(one, 2, 1);
    expect(await sweep('sessions')).toBe(1);
    expect(await idsOf('dm_session')).toEqual([open, longClosed, recent]);
    expect(await idsOf('dm_exchange', 'session_id')).not.toContain(old);
  });

  it('are ended deliveries with results, triggers and receipts, never one that is open or ended lately', async () => {
    const one = await device();
    const old = await delivery(one, 31);
    await push('delivered', { delivery_id: old, device_id: one });
    const kept = [await delivery(one, undefined), await delivery(one, 29)];
    const pending = await delivery(one, 31);
    await push('sent', { delivery_id: pending, device_id: one, expires_at: daysAgo(3) });
    expect(await sweep('deliveries')).toBe(1);
    expect(await idsOf('delivery')).toEqual([...kept, pending]);
    expect(await idsOf('result_report', 'delivery_id')).toEqual([...kept, pending]);
    expect(await idsOf('push', 'delivery_id')).toEqual([pending]);
    expect([(await idsOf('push_part', 'push_id')).length, (await idsOf('sms_message', 'push_id')).length]).toEqual([
      1, 1,
    ]);
  });

  it('are deliveries and pushes of a campaign, but only once that is gone', async () => {
    const one = await device();
    const id = await campaign();
    const [late, sent] = [await delivery(one, 100, id), await push('delivered', { campaign_id: id })];
    expect([await sweep('deliveries'), await sweep('pushes')]).toEqual([0, 0]);
    expect([await idsOf('delivery'), await idsOf('push')]).toEqual([[late], [sent]]);
    await postgres.pool.query('DELETE FROM campaign');
    expect([await sweep('deliveries'), await sweep('pushes')]).toEqual([1, 1]);
  });

  it('are campaigns that ended, never one that goes on or has something under way: they are marked to be taken apart', async () => {
    const end = (id: string, days: number) =>
      postgres.pool.query("UPDATE campaign SET state = 'completed', ended_at = $2 WHERE id = $1", [id, daysAgo(days)]);
    const [old, recent, busy, running] = [await campaign(), await campaign(), await campaign(), await campaign()];
    await end(old, 31);
    await end(recent, 29);
    await end(busy, 31);
    await insert('campaign_target', {
      campaign_id: busy,
      device_id: idOf(100),
      wave: 1,
      state: 'delivering',
      at: daysAgo(100),
    });
    expect(await sweep('campaigns')).toBe(1);
    const { rows } = await postgres.pool.query('SELECT id FROM campaign WHERE deleted_at IS NULL ORDER BY id');
    expect(rows.map(({ id }) => id)).toEqual([recent, busy, running]);
    const { rows: marked } = await postgres.pool.query('SELECT deleted_at, next_at FROM campaign WHERE id = $1', [old]);
    expect(marked).toEqual([{ deleted_at: new Date(NOW), next_at: new Date(NOW) }]);
    expect(await sweep('campaigns')).toBe(0);
  });

  it('are large values that nothing refers to; the last known value of a node outlasts its delivery', async () => {
    const one = await device();
    const asked = await delivery(one, 100);
    const known = await object(one, asked, './Log');
    const former = await object(one, asked, './Log');
    await object(one, null, './Old');
    await insert('node_value', {
      device_id: one,
      loc_uri: './Log',
      object: JSON.stringify({ id: known, size: 1 }),
      at: daysAgo(100),
    });
    expect(await sweep('deliveries')).toBe(1);
    expect(await idsOf('device_object')).not.toContain(former);
    expect(await sweep('objects')).toBe(1);
    expect([await idsOf('device_object'), await idsOf('object_piece', 'object_id')]).toEqual([[known], [known]]);
  });

  it('are pushes of their own, never one under way, with receipts to come, or that a device or a send refers to', async () => {
    const one = await device();
    const bootstrap = await push('delivered', { device_id: one });
    await postgres.pool.query('UPDATE device SET bootstrap_push_id = $1', [bootstrap]);
    const send = idOf(100);
    await insert('ota_send', {
      id: send,
      source: 'document',
      document_kind: 'provisioning',
      security: 'none',
      recipient_count: 1,
      refused_count: 0,
      created_at: daysAgo(100),
      expires_at: daysAgo(1),
    });
    const outcome = await push('failed');
    await insert('ota_recipient', { send_id: send, position: 0, recipient: '1', push_id: outcome });
    const kept = [
      bootstrap,
      outcome,
      await push('queued'),
      await push('sending'),
      await push('sent', { expires_at: daysAgo(6) }),
      await push('delivered', { updated_at: daysAgo(29) }),
      await push('expired', { delivery_id: await delivery(one, 1), device_id: one }),
    ];
    for (const state of ['delivered', 'failed', 'expired', 'cancelled']) await push(state);
    await push('sent', { expires_at: daysAgo(8) });
    expect(await sweep('pushes')).toBe(5);
    expect(await idsOf('push')).toEqual(kept.toSorted());
  });

  it('are sends to lists, their recipients first and in portions', async () => {
    const [old, fresh] = [idOf(100), idOf(2)];
    for (const [id, expiry] of [
      [old, 31],
      [fresh, 1],
    ] as const) {
      await insert('ota_send', {
        id,
        source: 'document',
        document_kind: 'provisioning',
        security: 'none',
        recipient_count: 25,
        refused_count: 25,
        created_at: daysAgo(expiry),
        expires_at: daysAgo(expiry),
      });
      await postgres.pool.query(
        `INSERT INTO ota_recipient (send_id, position, recipient, refused)
        SELECT $1, place, 'x', 'y' FROM generate_series(1, 25) place`,
        [id],
      );
    }
    const left: number[] = [];
    for (let portion = 0; portion < 3; portion++) {
      await histories.sweep('sends', daysAgo(KEEP_DAYS), new Date(NOW), undefined, 10);
      left.push((await idsOf('ota_recipient', 'send_id')).length);
    }
    expect(left).toEqual([40, 30, 25]);
    expect(await idsOf('ota_send')).toEqual([fresh]);
  });

  it('are alerts, but not one that tells what became of an Exec in a delivery that is kept', async () => {
    const one = await device();
    const asked = await delivery(one, 1);
    const add = async (days: number, correlator: string | null): Promise<void> =>
      insert('device_alert', {
        device_id: one,
        session_id: idOf(days),
        exchange: 5,
        code: 1226,
        type: 't',
        format: 'chr',
        correlator,
        at: daysAgo(days),
      });
    await insert('awaited_exec', { device_id: one, exchange: 4, delivery_id: asked, path: '1', correlator: 'awaited' });
    for (const correlator of ['awaited', 'other', null]) await add(100, correlator);
    await add(1, null);
    expect(await sweep('alerts', 2)).toBe(2);
    expect((await idsOf('device_alert', "coalesce(correlator, 'recent')")).toSorted()).toEqual(['awaited', 'recent']);
  });

  it('is what devices of a campaign went through, not what the campaign itself did while it is there', async () => {
    const id = await campaign();
    await postgres.pool.query('DELETE FROM event');
    const add = (days: number, kind: string, more: Readonly<Record<string, unknown>>): Promise<void> =>
      insert('event', { kind, data: '{}', at: daysAgo(days), ...more });
    await add(100, 'campaign.running', { campaign_id: id });
    await add(100, 'campaign.running', { campaign_id: idOf(100) });
    for (let n = 0; n < 5; n++) await add(100, 'target.succeeded', { campaign_id: id, device_id: idOf(1) });
    await add(1, 'target.failed', { campaign_id: id, device_id: idOf(1) });
    expect(await sweep('events', 2)).toBe(6);
    expect(await idsOf('event', 'kind')).toEqual(['campaign.running', 'target.failed']);
  });

  it('are messages to webhooks that were taken or given up, never one that is still to be sent', async () => {
    const webhook = idOf(200);
    await insert('webhook', {
      id: webhook,
      url: 'https://hooks.example/',
      kinds: ['a.*'],
      description: '',
      enabled: true,
      secret: Buffer.of(0),
      after_tx: 0,
      after_id: 0,
      created_by: 'x',
      created_at: daysAgo(200),
      updated_at: daysAgo(200),
    });
    const add = async (state: string, endedDaysAgo?: number): Promise<string> => {
      const id = idOf(100);
      await insert('webhook_message', {
        id,
        webhook_id: webhook,
        kind: 'a.b',
        body: '{}',
        state,
        due_at: daysAgo(100),
        created_at: daysAgo(100),
        ended_at: endedDaysAgo === undefined ? null : daysAgo(endedDaysAgo),
      });
      return id;
    };
    const kept = [await add('pending'), await add('dead', 29)];
    for (const state of ['delivered', 'dead']) await add(state, 31);
    expect(await sweep('webhookMessages')).toBe(2);
    expect(await idsOf('webhook_message')).toEqual(kept);
  });

  it('goes in portions: one transaction removes no more than it was told to look at', async () => {
    const one = await device();
    for (let n = 0; n < 25; n++) await session(one, 100 - n, 99 - n);
    const removed: number[] = [];
    const policy = { keepMs: { sessions: KEEP_DAYS * DAY }, portion: 10, portionsAtOnce: 2 };
    const metrics = { purged: (_: History, count: number) => removed.push(count) };
    const purge = new Purge({ histories, clock: { now: () => new Date(NOW) }, metrics }, policy);
    expect(await purge.run()).toBe(false);
    expect((await idsOf('dm_session')).length).toBe(5);
    expect(await purge.run()).toBe(true);
    expect(removed).toEqual([10, 10, 5]);
    await session(one, 100, 99);
    expect(await purge.run()).toBe(true);
    expect(await idsOf('dm_session')).toEqual([]);
  });

  it('is left alone while somebody holds it, or another process is at it', async () => {
    const one = await device();
    const [held, free] = [await session(one, 100, 99), await session(one, 100, 99)];
    const client = await postgres.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM dm_session WHERE id = $1 FOR UPDATE', [held]);
    expect(await sweep('sessions')).toBe(1);
    expect(await idsOf('dm_session')).toEqual([held]);
    expect(free).not.toBe(held);
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(2026112, 1)');
    expect(await sweep('sessions')).toBe(0);
    await client.query('ROLLBACK');
    client.release();
    expect(await sweep('sessions')).toBe(1);
  });

  it('stays for ever where no time is set', async () => {
    await session(await device(), 400, 399);
    const ports = { histories, clock: { now: () => new Date(NOW) } };
    expect(await new Purge(ports, { keepMs: {}, portion: 10, portionsAtOnce: 10 }).run()).toBe(true);
    expect((await idsOf('dm_session')).length).toBe(1);
  });
});
