import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import { isFinalDelivery } from '../../../src/domain/delivery.ts';
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
