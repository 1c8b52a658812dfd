import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { storeAccepted, storeDecisions } from '../../../src/adapters/pg/push-outcomes.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import type { PushOutcome } from '../../../src/services/ports/push-outbox.ts';
import type { DeliveryReceipt } from '../../../src/services/ports/sms-link.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const entropy = new SystemEntropy();
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let outbox: PgPushOutbox;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  outbox = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32)), { serverId: 'omadm' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('TRUNCATE push, push_part, sms_message'));

/** A push that the SMSC has just taken in as 4d2, hexadecimal. */
async function takenIn(): Promise<{ pushId: string; outcome: PushOutcome }> {
  const pushId = entropy.id();
  const content = { kind: 'raw', destinationPort: 1, sourcePort: 2, payload: Uint8Array.of(1) } as const;
  await outbox.enqueue({ pushId, destination: '+49170', content, dueAt: new Date(0) });
  await outbox.claimDue(1, new Date(), 60_000, 'worker');
  return {
    pushId,
    outcome: {
      pushId,
      attempt: 1,
      partCount: 1,
      parts: [{ part: 0, outcome: { kind: 'accepted', messageId: '4d2' } }],
      decision: { state: 'sent', attempts: 1 },
      linkId: 'one',
    },
  };
}

const receipt = (messageId: string): DeliveryReceipt => ({
  linkId: 'one',
  messageId,
  state: 'delivered',
  destination: '49170',
  anyNotation: true,
});

describe('a receipt that is stored while the answer to its submit is being stored', () => {
  it.each([
    ['in the same notation, waits for it', '4d2', 'delivered'],
    ['in the other notation, is found when it is looked for again', '1234', 'sent'],
  ])('%s', async (_, receipted, before) => {
    const { pushId, outcome } = await takenIn();
    const client = await pool.connect();
    await client.query('BEGIN');
    await storeAccepted(client, [outcome], new Date());
    const storing = outbox.recordReceipts([receipt(receipted)], new Date());
    // Either it is through, having seen nothing, or it waits for the message's row.
    if (before === 'sent') await storing;
    await storeDecisions(client, [outcome], new Date(), 'worker');
    await client.query('COMMIT');
    client.release();
    await storing;
    expect((await outbox.find(pushId))?.state).toBe(before);
    await outbox.matchReceipts(new Date(), 100);
    expect(await outbox.find(pushId)).toMatchObject({
      state: 'delivered',
      parts: [{ messageId: '4d2', receipt: 'delivered' }],
    });
  });

  it('is handled whole when the SMSC repeats it, though the process ended half way', async () => {
    const { pushId, outcome } = await takenIn();
    await outbox.recordReceipts([receipt('1234')], new Date());
    // As it stands when the process ended before it had looked for the message.
    await pool.query(`UPDATE sms_message SET other_ids = '{}'`);
    await outbox.recordOutcomes([outcome], new Date(), 'worker');
    expect((await outbox.find(pushId))?.state).toBe('sent');
    await outbox.recordReceipts([receipt('1234')], new Date());
    expect((await outbox.find(pushId))?.state).toBe('delivered');
  });

  it('comes twice, over two processes at once, and counts once', async () => {
    const pushIds: string[] = [];
    for (let n = 0; n < 20; n++) {
      const { pushId, outcome } = await takenIn();
      pushIds.push(pushId);
      const messageId = (5_000 + n).toString(16);
      await outbox.recordOutcomes(
        [{ ...outcome, parts: [{ part: 0, outcome: { kind: 'accepted', messageId } }] }],
        new Date(),
        'worker',
      );
    }
    const receipts = Array.from({ length: 20 }, (_, n) => receipt(String(5_000 + n)));
    await Promise.all([
      outbox.recordReceipts(receipts, new Date()),
      outbox.recordReceipts(receipts.toReversed(), new Date()),
      outbox.recordReceipts(receipts, new Date()),
    ]);
    for (const pushId of pushIds) expect((await outbox.find(pushId))?.state).toBe('delivered');
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM sms_message WHERE push_id IS NULL');
    expect(rows).toEqual([{ n: 0 }]);
  });
});
