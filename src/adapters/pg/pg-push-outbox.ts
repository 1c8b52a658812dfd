import type pg from 'pg';
import { isFinalMessageState, MESSAGE_STATES } from '../../domain/push.ts';
import type { ClaimedPush, NewPush, PushOutbox, PushOutcome, PushRecord } from '../../services/ports/push-outbox.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import type { DeliveryReceipt } from '../../services/ports/sms-link.ts';
import { openSecrets } from '../../services/sealing.ts';
import { type Listening, listen } from './listen.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { settle, storeAccepted, storeDecisions } from './push-outcomes.ts';

/** Notified, without a payload, in every transaction that puts a push into the queue. */
export const PUSH_CHANNEL = 'omadm_push';

export interface PgPushOutboxOptions {
  /** What triggers are signed as. */
  readonly serverId: string;
}

const FINAL_MESSAGE_STATES = MESSAGE_STATES.map(({ name }) => name).filter(isFinalMessageState);

/**
 * The outbox in the tables `push`, `push_part` and `sms_message`. Throws AppError `unavailable` when the database is
 * away.
 *
 * Rows are locked in one order everywhere, so that nobody waits in a circle: messages, pushes, deliveries, each by id.
 */
export class PgPushOutbox implements PushOutbox {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;
  readonly #serverId: string;

  constructor(pool: pg.Pool, box: SecretBox, options: PgPushOutboxOptions) {
    this.#pool = pool;
    this.#box = box;
    this.#serverId = options.serverId;
  }

  /** Calls back soon after any process has put a push into the queue, and now and then without need. */
  onEnqueued(listener: () => void): Listening {
    return listen(this.#pool.options, PUSH_CHANNEL, listener);
  }

  async enqueue({ pushId, destination, content, deliveryId, dueAt, expiresAt }: NewPush): Promise<void> {
    const trigger = content.kind === 'package0' ? content : undefined;
    const raw = content.kind === 'raw' ? content : undefined;
    await guarded(() =>
      this.#pool.query({
        name: 'push-enqueue',
        text: `
WITH p AS (INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, ui_mode, destination_port,
    source_port, payload, state, due_at, expires_at, created_at, updated_at)
  VALUES ($1, $2, $3, (SELECT id FROM device WHERE device_id = $4), $5, $6, $7, $8, $9, $10, 'queued', $11, $12, $11, $11)
  ON CONFLICT DO NOTHING RETURNING id)
SELECT pg_notify('${PUSH_CHANNEL}', '') FROM p`,
        values: [
          pushId,
          content.kind,
          destination,
          trigger?.deviceId ?? null,
          deliveryId ?? null,
          trigger?.sessionId ?? null,
          trigger?.uiMode ?? null,
          raw?.destinationPort ?? null,
          raw?.sourcePort ?? null,
          raw?.payload ?? null,
          dueAt,
          expiresAt ?? null,
        ],
      }),
    );
  }

  async claimDue(limit: number, now: Date, leaseMs: number, workerId: string): Promise<readonly ClaimedPush[]> {
    const leaseUntil = new Date(now.getTime() + leaseMs);
    return inTransaction(this.#pool, async (client) => {
      const claimed: ClaimRow[] = [];
      // What is found to have ended does not count, so the batch is filled up.
      for (;;) {
        const wanted = limit - claimed.length;
        if (wanted <= 0) break;
        const { rows } = await client.query<ClaimRow>({
          name: 'push-claim',
          text: CLAIM,
          values: [wanted, now, leaseUntil, workerId],
        });
        claimed.push(...rows.filter(({ state }) => state === 'sending'));
        if (rows.length < wanted) break;
      }
      claimed.sort((a, b) => a.was_due_at.getTime() - b.was_due_at.getTime());
      return claimed.map((row) => this.#claimOf(row));
    });
  }

  async recordOutcomes(outcomes: readonly PushOutcome[], now: Date, workerId: string): Promise<readonly string[]> {
    if (outcomes.length === 0) return [];
    return inTransaction(this.#pool, async (client) => {
      await storeAccepted(client, outcomes, now);
      const kept = await storeDecisions(client, outcomes, now, workerId);
      await client.query({
        name: 'push-delivery-triggered',
        text: `
UPDATE delivery SET state = 'triggered', updated_at = $2
WHERE id IN (SELECT d.id FROM delivery d JOIN push p ON p.delivery_id = d.id
  WHERE p.id = ANY ($1) AND p.state = 'sent' AND d.state = 'queued' ORDER BY d.id FOR UPDATE OF d)
  AND state = 'queued'`,
        values: [kept, now],
      });
      await settle(client, kept, now);
      const known = new Set(kept);
      const { rows } = await client.query<{ id: string }>('SELECT id FROM push WHERE id = ANY ($1)', [
        outcomes.map(({ pushId }) => pushId),
      ]);
      return rows.map(({ id }) => id).filter((id) => !known.has(id));
    });
  }

  async release(pushIds: readonly string[], now: Date, workerId: string): Promise<void> {
    if (pushIds.length === 0) return;
    await guarded(() =>
      this.#pool.query(
        `WITH mine AS (SELECT id FROM push WHERE id = ANY ($1) AND state = 'sending' AND worker_id = $3
          ORDER BY id FOR UPDATE)
        UPDATE push SET state = 'queued', due_at = $2, attempts = attempts - 1, worker_id = NULL, updated_at = $2
        FROM mine WHERE push.id = mine.id`,
        [pushIds, now, workerId],
      ),
    );
  }

  async recordReceipts(receipts: readonly DeliveryReceipt[], now: Date): Promise<void> {
    const latest = latestByMessage(receipts);
    if (latest.length === 0) return;
    await inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ push_id: string }>({
        name: 'push-receipts',
        text: `
WITH r AS (SELECT * FROM json_to_recordset($1) AS r(message_id text, receipt text, error_code text, destination text)
    ORDER BY message_id),
  m AS (INSERT INTO sms_message AS m (message_id, receipt, error_code, destination, at)
    SELECT message_id, receipt, error_code, destination, $2 FROM r
    ON CONFLICT (message_id) DO UPDATE SET receipt = excluded.receipt, error_code = excluded.error_code,
      destination = coalesce(excluded.destination, m.destination), at = excluded.at
    WHERE m.receipt IS NULL OR excluded.receipt = ANY ($3) OR NOT m.receipt = ANY ($3)
    RETURNING message_id, push_id, part, receipt)
UPDATE push_part p SET receipt = m.receipt FROM m
WHERE p.push_id = m.push_id AND p.part = m.part AND p.message_id = m.message_id
RETURNING p.push_id`,
        values: [JSON.stringify(latest), now, FINAL_MESSAGE_STATES],
      });
      await settle(client, [...new Set(rows.map((row) => row.push_id))], now);
    });
  }

  async nextDueAt(): Promise<Date | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ due_at: Date }>({
        name: 'push-next-due',
        text: `SELECT due_at FROM push WHERE state IN ('queued', 'sending') ORDER BY due_at LIMIT 1`,
      }),
    );
    return rows[0]?.due_at;
  }

  async find(pushId: string): Promise<PushRecord | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<PushRow>(
        `SELECT p.*, (SELECT json_agg(json_build_array(a.part, a.message_id, a.receipt) ORDER BY a.part)
          FROM push_part a WHERE a.push_id = p.id) AS parts
        FROM push p WHERE p.id = $1`,
        [pushId],
      ),
    );
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }

  #claimOf(row: ClaimRow): ClaimedPush {
    const base = {
      pushId: row.id,
      destination: row.destination,
      attempt: row.attempts,
      acceptedParts: row.accepted ?? [],
      ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    };
    if (row.kind === 'raw') {
      return {
        ...base,
        kind: 'raw',
        destinationPort: row.destination_port ?? 0,
        sourcePort: row.source_port ?? 0,
        payload: row.payload ?? new Uint8Array(),
      };
    }
    return {
      ...base,
      kind: 'package0',
      sessionId: row.session_id ?? 0,
      uiMode: row.ui_mode ?? 0,
      account: {
        serverId: this.#serverId,
        serverPassword: openSecrets(this.#box, row.secrets).serverPassword,
        serverNonce: row.server_nonce ?? new Uint8Array(),
      },
    };
  }
}

/** $1 how many, $2 now, $3 the end of the lease, $4 who. Whatever is not `sending` afterwards has ended in passing. */
const CLAIM = `
WITH due AS (SELECT id, due_at, delivery_id, device_id FROM push
    WHERE state IN ('queued', 'sending') AND due_at <= $2 ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  fate AS (SELECT due.id, due.due_at, v.secrets, v.server_nonce, d.ended_at IS NOT NULL AS ended
    FROM due LEFT JOIN delivery d ON d.id = due.delivery_id LEFT JOIN device v ON v.id = due.device_id)
UPDATE push p SET (state, attempts, due_at, worker_id, reason, updated_at) = (SELECT * FROM (SELECT
  CASE
    WHEN fate.ended THEN 'cancelled'
    WHEN p.expires_at <= $2 THEN 'expired'
    WHEN p.kind = 'package0' AND fate.secrets IS NULL THEN 'failed'
    ELSE 'sending'
  END AS next) AS s, LATERAL (SELECT
    CASE WHEN next = 'sending' THEN p.attempts + 1 ELSE p.attempts END,
    CASE WHEN next = 'sending' THEN $3::timestamptz ELSE p.due_at END,
    CASE WHEN next = 'sending' THEN $4 END,
    CASE next WHEN 'cancelled' THEN 'its delivery has ended' WHEN 'failed' THEN 'the device is gone'
      WHEN 'expired' THEN coalesce(p.reason, 'its time ran out') ELSE p.reason END,
    $2::timestamptz) AS rest)
FROM fate WHERE p.id = fate.id
RETURNING p.*, fate.due_at AS was_due_at, fate.secrets, fate.server_nonce,
  (SELECT array_agg(part ORDER BY part) FROM push_part WHERE push_id = p.id) AS accepted`;

interface PushRow {
  readonly id: string;
  readonly kind: 'package0' | 'raw';
  readonly destination: string;
  readonly delivery_id: string | null;
  readonly session_id: number | null;
  readonly ui_mode: number | null;
  readonly destination_port: number | null;
  readonly source_port: number | null;
  readonly payload: Buffer | null;
  readonly state: PushRecord['state'];
  readonly attempts: number;
  readonly uncertain_parts: number;
  readonly part_count: number | null;
  readonly due_at: Date;
  readonly expires_at: Date | null;
  readonly reason: string | null;
  readonly parts: [part: number, messageId: string, receipt: string | null][] | null;
}

interface ClaimRow extends PushRow {
  readonly was_due_at: Date;
  readonly secrets: Buffer;
  readonly server_nonce: Buffer | null;
  readonly accepted: number[] | null;
}

/** One receipt a message id: the later counts, but a pending one never undoes a final one. In order of the ids. */
function latestByMessage(receipts: readonly DeliveryReceipt[]): object[] {
  const latest = new Map<string, DeliveryReceipt>();
  for (const receipt of receipts) {
    if (receipt.messageId === '') continue;
    const known = latest.get(receipt.messageId);
    if (known !== undefined && isFinalMessageState(known.state) && !isFinalMessageState(receipt.state)) continue;
    latest.set(receipt.messageId, receipt);
  }
  return [...latest.values()].map(({ messageId, state, errorCode, destination }) => ({
    message_id: messageId,
    receipt: state,
    error_code: errorCode,
    destination,
  }));
}

function recordOf(row: PushRow): PushRecord {
  return {
    pushId: row.id,
    ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
    destination: row.destination,
    state: row.state,
    attempts: row.attempts,
    uncertainParts: row.uncertain_parts,
    dueAt: row.due_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    parts: (row.parts ?? []).map(([part, messageId, receipt]) => ({
      part,
      messageId,
      ...(receipt === null ? {} : { receipt }),
    })),
  };
}
