import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgOverviewStore } from '../../../src/adapters/pg/pg-overview-store.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

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

const at = (text: string): Date => new Date(`2026-01-31T${text}Z`);
const idAt = (when: Date): string => v7({ msecs: when.getTime() });

async function session(openedAt: Date, closedAt: Date | null): Promise<void> {
  await pool.query(
    `INSERT INTO dm_session (id, device_id, dm_session_id, opening, phase, state, last_msg_id, last_reply, opened_at,
      last_message_at, closed_at) VALUES ($1, $2, '1', 1, 'x', '{}', '1', '', $3, $3, $4)`,
    [idAt(openedAt), idAt(openedAt), openedAt, closedAt],
  );
}

describe('the counts of the overview in PostgreSQL', () => {
  it('are of sessions by minute, of open sessions, and of the newest deliveries by state', async () => {
    await session(at('10:59:59'), at('11:00:00'));
    await session(at('11:01:01'), at('11:02:00'));
    await session(at('11:01:59'), null);
    await session(at('11:02:00'), null);
    const device = idAt(at('08:00:00'));
    await pool.query(
      `INSERT INTO device (id, device_id, auth, client_username, secrets, created_at, updated_at)
      VALUES ($1, 'IMEI:1', 'basic', 'u', '', now(), now())`,
      [device],
    );
    for (const [text, state] of [
      ['09:00:00', 'failed'],
      ['10:00:00', 'succeeded'],
      ['10:00:01', 'succeeded'],
      ['10:00:02', 'queued'],
    ] as const) {
      await pool.query(
        `INSERT INTO delivery (id, kind, plan, device_id, state, created_at, updated_at, expires_at, ended_at)
        VALUES ($1, 'discovery', '{}', $2, $3, $4, $4, $4, $5)`,
        [idAt(at(text)), device, state, at(text), state === 'queued' ? null : at(text)],
      );
    }
    const store = new PgOverviewStore(pool);
    expect(await store.counts(at('11:01:00'), at('09:30:00'), 100)).toEqual({
      openSessions: 2,
      sessionsByMinute: new Map([
        [at('11:01:00').getTime(), 2],
        [at('11:02:00').getTime(), 1],
      ]),
      deliveries: { succeeded: 2, queued: 1 },
      isCapped: false,
    });
    const { deliveries, isCapped } = await store.counts(at('11:01:00'), at('08:30:00'), 2);
    expect([deliveries, isCapped]).toEqual([{ queued: 1, succeeded: 1 }, true]);
  });
});
