import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgEventLog } from '../../../src/adapters/pg/pg-event-log.ts';
import type { EventFilter, EventPosition } from '../../../src/domain/event.ts';
import { makeDelivery } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

/** Transactions of other databases of the server hold the log up, too: what is to be read is waited for. */
const WAIT = { timeout: 30_000, interval: 5 };
const START: EventPosition = { tx: 0n, id: 0n };
const CAMPAIGN = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a';

let postgres: PostgresStores;
let log: PgEventLog;
beforeAll(async () => {
  postgres = await postgresStores();
  log = new PgEventLog(postgres.pool);
});
afterAll(() => postgres.close());
beforeEach(async () => {
  await postgres.emptied();
});

type Client = Pick<pg.PoolClient, 'query'>;

const write = (kind: string, on: Client = postgres.pool, campaignId: string | null = null) =>
  on.query("INSERT INTO event (kind, campaign_id, data, at) VALUES ($1, $2, '{}', now())", [kind, campaignId]);

async function transaction(): Promise<pg.PoolClient> {
  const client = await postgres.pool.connect();
  await client.query('BEGIN');
  return client;
}

async function end(client: pg.PoolClient, how: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<void> {
  await client.query(how);
  client.release();
}

/** Reads to the end; gives the kinds and where that is. */
async function all(after = START, filter: EventFilter = {}, limit = 100) {
  const kinds: string[] = [];
  for (let position = after; ; ) {
    const { events, next, complete } = await log.read(filter, position, limit);
    kinds.push(...events.map(({ kind }) => kind));
    position = next;
    if (complete) return { kinds, position };
  }
}

describe('the log of events', () => {
  it('holds back what is written while an older transaction goes on, so that nothing comes late', async () => {
    const slow = await transaction();
    await write('slow.first', slow);
    await write('quick.one');
    expect((await all()).kinds).toEqual([]);
    await write('slow.second', slow);
    const before = await all();
    await end(slow);
    const after = async () => (await all(before.position)).kinds;
    await expect.poll(after, WAIT).toEqual(['slow.first', 'slow.second', 'quick.one']);
  });

  it('is not held up by a transaction that was rolled back, nor by one that only reads', async () => {
    const [reading, failing] = [await transaction(), await transaction()];
    await reading.query('SELECT count(*) FROM event');
    await write('gone.forever', failing);
    await end(failing, 'ROLLBACK');
    await write('a.one');
    await expect.poll(async () => (await all()).kinds, WAIT).toEqual(['a.one']);
    await end(reading);
  });

  it('gives every event once to a reader that polls while many transactions write and end in any order', {
    timeout: 120_000,
  }, async () => {
    const total = 240;
    const seen: string[] = [];
    const written: string[] = [];
    let position = START;
    let isDone = false;
    const poll = async (): Promise<void> => {
      const page = await log.read({}, position, 7);
      seen.push(...page.events.map(({ kind }) => kind));
      position = page.next;
    };
    const reading = (async () => {
      while (!isDone) await poll();
    })();
    let state = 42;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    let made = 0;
    const writer = async (): Promise<void> => {
      while (made < total) {
        const first = made + 1;
        made += 1 + random(4);
        const own = Array.from({ length: made - first + 1 }, (_, n) => `a.${first + n}`);
        const client = await transaction();
        for (const kind of own) {
          await write(kind, client);
          await new Promise((resolve) => setTimeout(resolve, random(8)));
        }
        const keeps = random(5) > 0;
        await end(client, keeps ? 'COMMIT' : 'ROLLBACK');
        if (keeps) written.push(...own);
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
    isDone = true;
    await reading;
    await expect.poll(async () => poll().then(() => seen.length), WAIT).toBe(written.length);
    expect(seen.toSorted()).toEqual(written.toSorted());
    expect((await all()).kinds).toEqual(seen);
  });

  it('gives pages by kind and by campaign, and says when there is no more', async () => {
    for (let n = 0; n < 5; n++) {
      await write('campaign.running', postgres.pool, CAMPAIGN);
      await write('target.failed', postgres.pool, n % 2 === 0 ? CAMPAIGN : null);
    }
    await expect.poll(async () => (await all()).kinds, WAIT).toHaveLength(10);
    expect((await all(START, { kinds: ['target.*'] }, 2)).kinds).toHaveLength(5);
    expect((await all(START, { kinds: ['target.failed'], campaignId: CAMPAIGN }, 2)).kinds).toHaveLength(3);
    expect((await all(START, { campaignId: CAMPAIGN }, 3)).kinds).toHaveLength(8);
    const page = await log.read({}, START, 10);
    expect([page.events.length, page.complete]).toEqual([10, false]);
    expect(await log.read({}, page.next, 10)).toMatchObject({ events: [], complete: true });
  });

  it('has what another server had written at its beginning, and takes its places for the present', async () => {
    const ahead = { tx: 9_000_000_000_000n, id: 5n };
    await postgres.pool.query(
      "INSERT INTO event (tx, kind, data, at) SELECT $1::bigint + n, 'old.' || n, '{}', now() FROM generate_series(1, 5) n",
      [ahead.tx.toString()],
    );
    await write('a.new');
    await expect.poll(async () => (await all()).kinds, WAIT).toEqual(['a.new']);
    const { position } = await all(ahead);
    expect(position.tx).toBeLessThan(ahead.tx);
    expect([await log.adopt(3), await log.adopt(3), await log.adopt(3)]).toEqual([3, 2, 0]);
    expect((await all()).kinds).toEqual(['old.1', 'old.2', 'old.3', 'old.4', 'old.5', 'a.new']);
    expect((await all(position)).kinds).toEqual([]);
  });

  it('tells by whom, as the device is called, when its delivery ends', async () => {
    const stores = await postgres.emptied();
    const { deviceId, deliveryId, packageId } = await makeDelivery(stores);
    const now = new Date('2026-01-02T00:00:00Z');
    await stores.deliveries.cancel(deliveryId, now);
    await expect
      .poll(async () => (await log.read({}, START, 10)).events, WAIT)
      .toMatchObject([
        { kind: 'delivery.cancelled', deviceId, at: now, data: { id: deliveryId, packageId, from: 'queued' } },
      ]);
    await stores.devices.delete(deviceId);
    expect((await log.read({}, START, 10)).events[0]).not.toHaveProperty('deviceId');
  });

  it('wakes readers when something is written that is not of a single device', async () => {
    let heard = 0;
    const listening = log.onWritten(() => {
      heard += 1;
    });
    // Whoever begins to listen is called once, for what may have been missed.
    await expect.poll(() => heard, { timeout: 30_000 }).toBe(1);
    await write('campaign.running', postgres.pool, CAMPAIGN);
    await expect.poll(() => heard, { timeout: 30_000 }).toBe(2);
    await listening.close();
  });
});
