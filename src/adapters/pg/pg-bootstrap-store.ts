import type pg from 'pg';
import { MAX_PENDING_ACCOUNTS } from '../../domain/device.ts';
import { PUSH_PRIORITY } from '../../domain/push.ts';
import { AppError } from '../../services/app-error.ts';
import type { BootstrapStore, NewBootstrap } from '../../services/ports/bootstrap-store.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { openPendingAccounts, sealPendingAccounts } from '../../services/sealing.ts';
import { inTransaction } from './pg-fault.ts';
import { PUSH_CHANNEL } from './push-bell.ts';

/** Bootstraps in the tables `device` and `push`. Throws AppError `unavailable` when the database is away. */
export class PgBootstrapStore implements BootstrapStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
  }

  async start({ deviceId, account, voidsPending, push, at }: NewBootstrap): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<DeviceRow>(
        'SELECT id, pending_accounts, bootstrap_push_id FROM device WHERE device_id = $1 FOR UPDATE',
        [deviceId],
      );
      const [device] = rows;
      if (device === undefined) throw new AppError('device-unknown', 'No device is registered under that id.');
      const before = voidsPending ? [] : openPendingAccounts(this.#box, device.pending_accounts);
      const pending = [...before, account].slice(-MAX_PENDING_ACCOUNTS);
      // The lock is moved on: a message that has proven one of the accounts read before would write the old list back.
      await client.query(
        `UPDATE device SET pending_accounts = $2, bootstrap_state = 'pending', bootstrap_at = $3, bootstrap_push_id = $4,
          session_lock = session_lock + 1, updated_at = $3 WHERE id = $1`,
        [device.id, sealPendingAccounts(this.#box, pending), at, push.pushId],
      );
      await client.query(
        `UPDATE push SET state = 'cancelled', reason = 'a newer bootstrap took its place', payload = NULL, updated_at = $2
          WHERE id = $1 AND state = 'queued'`,
        [device.bootstrap_push_id, at],
      );
      await client.query(
        `INSERT INTO push (id, kind, destination, device_id, destination_port, source_port, payload, state, due_at,
          expires_at, priority, created_at, updated_at)
        VALUES ($1, 'raw', $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $7, $7)`,
        [
          push.pushId,
          push.destination,
          device.id,
          push.content.destinationPort,
          push.content.sourcePort,
          this.#box.seal(push.content.payload),
          at,
          push.expiresAt,
          PUSH_PRIORITY.bootstrap,
        ],
      );
      await client.query(`SELECT pg_notify('${PUSH_CHANNEL}', '')`);
    });
  }
}

interface DeviceRow {
  readonly id: string;
  readonly pending_accounts: Buffer | null;
  readonly bootstrap_push_id: string | null;
}
