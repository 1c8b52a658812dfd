import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import { isFinalDelivery } from '../../../src/domain/delivery.ts';
import type { PushOutcome } from '../../../src/services/ports/push-outbox.ts';
import { sealSecrets } from '../../../src/services/sealing.ts';
import { pushOutboxContract } from '../../contract/push-outbox.contract.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const box = new AesGcmSecretBox(randomBytes(32));
const entropy = new SystemEntropy();
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

pushOutboxContract('PgPushOutbox', async () => {
  await pool.query('TRUNCATE device, package, package_name, delivery, push, push_part, sms_message CASCADE');
  const packageId = entropy.id();
  await pool.query(
    `INSERT INTO package (id, name, revision, kind, command_count, variables, size, xml, commands, created_at)
    VALUES ($1, 'p', 1, 'dm', 0, '{}', 0, '', '[]', now())`,
    [packageId],
  );
  return {
    outbox: new PgPushOutbox(pool, box, { serverId: 'omadm' }),
    newId: () => entropy.id(),
    addDevice: async ({ deviceId, msisdn, account }) => {
      await pool.query(
        `INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, server_nonce, created_at, updated_at)
        VALUES ($1, $2, $3, 'md5', 'user', $4, $5, now(), now())`,
        [
          entropy.id(),
          deviceId,
          msisdn,
          sealSecrets(box, { clientPassword: 'client', serverPassword: account.serverPassword }),
          account.serverNonce,
        ],
      );
    },
    setServerNonce: async (deviceId, nonce) => {
      await pool.query('UPDATE device SET server_nonce = $2 WHERE device_id = $1', [deviceId, nonce]);
    },
    addDelivery: async (deliveryId, deviceId) => {
      await pool.query(
        `INSERT INTO delivery (id, package_id, device_id, state, created_at, updated_at, expires_at)
        SELECT $1, $2, id, 'queued', now(), now(), now() FROM device WHERE device_id = $3`,
        [deliveryId, packageId, deviceId],
      );
    },
    setDeliveryState: async (deliveryId, state) => {
      await pool.query('UPDATE delivery SET state = $2, ended_at = CASE WHEN $3 THEN now() END WHERE id = $1', [
        deliveryId,
        state,
        isFinalDelivery(state),
      ]);
    },
    deliveryState: async (deliveryId) => {
      const { rows } = await pool.query('SELECT state FROM delivery WHERE id = $1', [deliveryId]);
      return rows[0].state;
    },
    close: async () => {},
  };
});

describe('receipts for the parts of one push', () => {
  const now = new Date();
  let outbox: PgPushOutbox;
  beforeEach(() => {
    outbox = new PgPushOutbox(pool, box, { serverId: 'omadm' });
  });

  async function submitted(parts: number): Promise<{ ids: string[]; pushId: string; outcome: PushOutcome }> {
    const pushId = entropy.id();
    const payload = new Uint8Array(128 * parts - 20);
    const content = { kind: 'raw', destinationPort: 2948, sourcePort: 49_154, payload } as const;
    await outbox.enqueue({ pushId, destination: '1234', content, dueAt: now });
    const [claim] = await outbox.claimDue(1, now, 60_000, 'a');
    const ids = Array.from({ length: parts }, (_, part) => `${pushId}-${part}`);
    const outcome: PushOutcome = {
      pushId,
      attempt: claim?.attempt ?? 0,
      partCount: parts,
      parts: ids.map((messageId, part) => ({ part, outcome: { kind: 'accepted', messageId } })),
      decision: { state: 'sent', attempts: 1 },
    };
    return { ids, pushId, outcome };
  }
  const delivered = (messageId: string) => outbox.recordReceipts([{ messageId, state: 'delivered' }], now);

  it('that come at the same moment all count', async () => {
    for (let round = 0; round < 20; round++) {
      const { ids, pushId, outcome } = await submitted(5);
      await outbox.recordOutcomes([outcome], now, 'a');
      await Promise.all(ids.map(delivered));
      expect((await outbox.find(pushId))?.state).toBe('delivered');
    }
  });

  it.each([1, 5])('that come while the answers for %i of them are being written all count', async (parts) => {
    const { ids, pushId, outcome } = await submitted(parts);
    // Holds the push: the answers are written but for their end, and the receipts come meanwhile.
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM push WHERE id = $1 FOR UPDATE', [pushId]);
    const recording = outbox.recordOutcomes([outcome], now, 'a');
    const waiting = async (count: number) => {
      await expect
        .poll(
          async () =>
            (
              await pool.query(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
              )
            ).rowCount,
          { timeout: 30_000, interval: 10 },
        )
        .toBe(count);
    };
    await waiting(1);
    const receipts = ids.map(delivered);
    await waiting(1 + parts);
    await holder.query('COMMIT');
    holder.release();
    await Promise.all([recording, ...receipts]);
    expect((await outbox.find(pushId))?.state).toBe('delivered');
  });
});
