import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import type { MessageState } from '../../../src/domain/push.ts';
import { sealSecrets } from '../../../src/services/sealing.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const box = new AesGcmSecretBox(new Uint8Array(32).fill(7));
const entropy = new SystemEntropy();
const AFTER = 60_000;
const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(T0 + ms);
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let outbox: PgPushOutbox;
let deliveryId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  outbox = new PgPushOutbox(pool, box, { serverId: 'omadm', retriggerAfterMs: AFTER });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE device, package, delivery, push, push_part, sms_message CASCADE');
  const [deviceId, packageId] = [entropy.id(), entropy.id()];
  deliveryId = entropy.id();
  await pool.query(
    `INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, server_nonce, created_at, updated_at)
    VALUES ($1, 'D', '+491', 'md5', 'u', $2, '', now(), now())`,
    [deviceId, sealSecrets(box, { clientPassword: 'c', serverPassword: 's' })],
  );
  await pool.query(
    `INSERT INTO package (id, name, revision, kind, command_count, variables, size, xml, commands, created_at)
    VALUES ($1, 'p', 1, 'dm', 0, '{}', 0, '', '[]', now())`,
    [packageId],
  );
  await pool.query(
    `INSERT INTO delivery (id, package_id, device_id, state, created_at, updated_at, expires_at)
    VALUES ($1, $2, $3, 'queued', $4, $4, $5)`,
    [deliveryId, packageId, deviceId, at(0), at(86_400_000)],
  );
  await outbox.enqueue({
    pushId: entropy.id(),
    destination: '+491',
    content: { kind: 'package0', deviceId: 'D', sessionId: 0xbeef, uiMode: 3 },
    deliveryId,
    dueAt: at(0),
    expiresAt: at(86_400_000),
    priority: 2,
  });
});

/** Sends what is due and has the SMSC report on it. */
async function sendAndReport(now: number, state: MessageState): Promise<void> {
  const claims = await outbox.claimDue(10, at(now), 1_000, 'w');
  await outbox.recordOutcomes(
    claims.map(({ pushId, attempt }) => ({
      pushId,
      attempt,
      partCount: 1,
      parts: [{ part: 0, outcome: { kind: 'accepted', messageId: pushId } }],
      decision: { state: 'sent', attempts: attempt },
    })),
    at(now),
    'w',
  );
  await outbox.recordReceipts(
    claims.map(({ pushId }) => ({ messageId: pushId, state })),
    at(now),
  );
}

const retrigger = (now: number, maxPushes = 3) => outbox.retrigger(at(now), maxPushes, [entropy.id(), entropy.id()]);
const pushes = async () => (await outbox.list({ deliveryId }, { limit: 10 })).items;

describe('a trigger whose receipt says delivered', () => {
  it('is sent again with the same session id when the device has not come, so often and no more', async () => {
    await sendAndReport(0, 'delivered');
    expect(await retrigger(AFTER - 1)).toBe(0);
    expect(await retrigger(AFTER)).toBe(1);
    expect(await retrigger(AFTER)).toBe(0);
    const [claim] = await outbox.claimDue(10, at(AFTER), 1_000, 'w');
    expect(claim).toMatchObject({ kind: 'package0', sessionId: 0xbeef, uiMode: 3, destination: '+491', deliveryId });
    await outbox.release([claim?.pushId ?? ''], at(AFTER), 'w');
    expect((await pushes())[0]).toMatchObject({ priority: 2, expiresAt: at(86_400_000), attempts: 0 });
    await sendAndReport(AFTER, 'delivered');
    expect(await retrigger(3 * AFTER)).toBe(1);
    await sendAndReport(3 * AFTER, 'delivered');
    expect(await retrigger(9 * AFTER)).toBe(0);
    expect(await pushes()).toHaveLength(3);
  });

  it('is sent again too when the network gave the message up', async () => {
    await sendAndReport(0, 'expired');
    expect(await retrigger(AFTER)).toBe(1);
  });

  it('is left alone while the SMSC still tries', async () => {
    await sendAndReport(0, 'enroute');
    expect(await retrigger(9 * AFTER)).toBe(0);
  });

  it('is left alone when the device was there since', async () => {
    await sendAndReport(0, 'delivered');
    await pool.query('UPDATE device SET last_seen_at = $1', [at(5)]);
    expect(await retrigger(AFTER)).toBe(0);
  });

  it.each(['delivering', 'succeeded', 'cancelled'])('is left alone when its delivery is %s', async (state) => {
    await sendAndReport(0, 'delivered');
    await pool.query('UPDATE delivery SET state = $1, ended_at = CASE WHEN $2 THEN now() END', [
      state,
      state !== 'delivering',
    ]);
    expect(await retrigger(AFTER)).toBe(0);
  });

  it('is sent again once, though several processes look', async () => {
    await sendAndReport(0, 'delivered');
    const made = await Promise.all([retrigger(AFTER), retrigger(AFTER), retrigger(AFTER)]);
    expect(made.toSorted()).toEqual([0, 0, 1]);
  });
});
