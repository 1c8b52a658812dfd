import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PgOtaStore } from '../../../src/adapters/pg/pg-ota-store.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { at, makeDelivery } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());

it('is woken by whoever puts a push into the queue: the outbox itself, or a delivery with its trigger', async () => {
  const { stores, pool } = postgres;
  const outbox = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32)), { serverId: 'omadm' });
  let calls = 0;
  const listening = outbox.onEnqueued(() => {
    calls++;
  });
  const called = async (times: number): Promise<void> => {
    for (let tries = 0; calls < times && tries < 1_500; tries++) await sleep(20);
    expect(calls).toBe(times);
  };
  // It has just begun to listen, and may have missed something.
  await called(1);
  const content = { kind: 'raw', destinationPort: 1, sourcePort: 1, payload: new Uint8Array(1) } as const;
  const push = { pushId: stores.entropy.id(), destination: '+1', content, dueAt: at(0) };
  await outbox.enqueue(push);
  await called(2);
  await outbox.enqueue(push);
  await makeDelivery(stores, { trigger: { pushId: stores.entropy.id(), uiMode: 1 } });
  await called(3);
  await listening.close();
});

it('is woken by sends, once for many that come together, and never for want of it', async () => {
  const { pool } = postgres;
  const box = new AesGcmSecretBox(new Uint8Array(32));
  const outbox = new PgPushOutbox(pool, box, { serverId: 'omadm' });
  const ota = new PgOtaStore(pool, box);
  let calls = 0;
  const listening = outbox.onEnqueued(() => {
    calls++;
  });
  await expect.poll(() => calls, { timeout: 30_000 }).toBe(1);
  const send = (): Promise<void> =>
    ota.create({
      id: randomUUID(),
      source: 'document',
      documentKind: 'serviceLoading',
      security: 'none',
      recipients: [{ recipient: '+1', push: { pushId: randomUUID(), destination: '+1', payload: new Uint8Array(1) } }],
      destinationPort: 2948,
      sourcePort: 9200,
      priority: 5,
      createdAt: at(0),
      expiresAt: at(60_000),
    });
  await Promise.all(Array.from({ length: 50 }, send));
  await expect.poll(() => calls, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  expect(calls).toBeLessThan(20);
  const before = calls;
  await send();
  await expect.poll(() => calls, { timeout: 30_000 }).toBeGreaterThan(before);
  await listening.close();
});

it('stops listening when it is told to, and leaves no connection behind', async () => {
  const { pool } = postgres;
  const outbox = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32)), { serverId: 'omadm' });
  const listeners = async (): Promise<number> =>
    (
      await pool.query(
        // Other suites have databases of their own in the same PostgreSQL.
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE application_name = 'omadm-listen' AND datname = current_database()`,
      )
    ).rows[0].n;
  for (let round = 0; round < 5; round++) await outbox.onEnqueued(() => {}).close();
  await expect.poll(listeners, { timeout: 30_000 }).toBe(0);
});
