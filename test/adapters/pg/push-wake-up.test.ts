import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
    for (let tries = 0; calls < times && tries < 250; tries++) await sleep(20);
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

it('stops listening when it is told to, and leaves no connection behind', async () => {
  const { pool } = postgres;
  const outbox = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32)), { serverId: 'omadm' });
  const listeners = async (): Promise<number> =>
    (await pool.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'omadm-listen'"))
      .rows[0].n;
  for (let round = 0; round < 5; round++) await outbox.onEnqueued(() => {}).close();
  for (let tries = 0; (await listeners()) > 0 && tries < 100; tries++) await sleep(20);
  expect(await listeners()).toBe(0);
});
