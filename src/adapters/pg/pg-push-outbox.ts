import type pg from 'pg';
import { OPEN_LANE } from '../../domain/link-router.ts';
import { MAX_PUSH_PRIORITY, PUSH_PRIORITY, type UncertainPolicy } from '../../domain/push.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type {
  ClaimedPush,
  ClaimedTrigger,
  LaneDepth,
  NewPush,
  PushFilter,
  PushOutbox,
  PushOutcome,
  PushRecord,
} from '../../services/ports/push-outbox.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import type { DeliveryReceipt } from '../../services/ports/sms-link.ts';
import { openPendingAccounts, openSecrets } from '../../services/sealing.ts';
import { type Listening, listen } from './listen.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { PUSH_CHANNEL } from './push-bell.ts';
import { settle, storeAccepted, storeDecisions } from './push-outcomes.ts';
import { finishReceipts, matchStrangers, storeReceipts } from './push-receipt-rows.ts';
import { cancelPush, findPush, listPushes, queueDepth } from './push-records.ts';

export interface PgPushOutboxOptions {
  /** What triggers are signed as. */
  readonly serverId: string;
  /** What becomes of a push whose claim nobody answered for; `resend` unless told. */
  readonly uncertain?: UncertainPolicy;
  /** How long after its trigger's receipt a device is waited for, milliseconds; undefined: it is not triggered again. */
  readonly retriggerAfterMs?: number;
}

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
  readonly #failLost: boolean;
  readonly #retriggerAfterMs: number | undefined;

  constructor(pool: pg.Pool, box: SecretBox, options: PgPushOutboxOptions) {
    this.#pool = pool;
    this.#box = box;
    this.#serverId = options.serverId;
    this.#failLost = options.uncertain === 'fail';
    this.#retriggerAfterMs = options.retriggerAfterMs;
  }

  /** Calls back soon after any process has put a push into the queue, and now and then without need. */
  onEnqueued(listener: () => void): Listening {
    return listen(this.#pool.options, PUSH_CHANNEL, listener);
  }

  async enqueue({ pushId, destination, content, deliveryId, dueAt, expiresAt, priority }: NewPush): Promise<void> {
    const trigger = content.kind === 'package0' ? content : undefined;
    const raw = content.kind === 'raw' ? content : undefined;
    await guarded(() =>
      this.#pool.query({
        name: 'push-enqueue',
        text: `
WITH p AS (INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, ui_mode, destination_port,
    source_port, payload, state, due_at, expires_at, priority, created_at, updated_at)
  VALUES ($1, $2, $3, (SELECT id FROM device WHERE device_id = $4), $5, $6, $7, $8, $9, $10, 'queued', $11, $12, $13, $11,
    $11)
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
          raw === undefined ? null : this.#box.seal(raw.payload),
          dueAt,
          expiresAt ?? null,
          priority ?? PUSH_PRIORITY.ordinary,
        ],
      }),
    );
  }

  async claimDue(
    limit: number,
    now: Date,
    leaseMs: number,
    workerId: string,
    lane: string = OPEN_LANE,
  ): Promise<readonly ClaimedPush[]> {
    const leaseUntil = new Date(now.getTime() + leaseMs);
    const claimed: ClaimRow[] = [];
    // Each statement is a transaction of its own. What is found to have ended does not count, so the batch is filled up.
    for (;;) {
      const wanted = limit - claimed.length;
      if (wanted <= 0) break;
      let rows: readonly ClaimRow[];
      try {
        ({ rows } = await guarded(() =>
          this.#pool.query<ClaimRow>({
            name: 'push-claim',
            text: CLAIM,
            values: [wanted, now, leaseUntil, workerId, lane, this.#failLost],
          }),
        ));
      } catch (error) {
        // What is claimed already is ours to send.
        if (claimed.length > 0) break;
        throw error;
      }
      claimed.push(...rows.filter(({ state }) => state === 'sending'));
      if (rows.length < wanted) break;
    }
    claimed.sort((a, b) => b.priority - a.priority || a.was_due_at.getTime() - b.was_due_at.getTime());
    return claimed.map((row) => this.#claimOf(row));
  }

  async recordOutcomes(outcomes: readonly PushOutcome[], now: Date, workerId: string): Promise<readonly string[]> {
    if (outcomes.length === 0) return [];
    return inTransaction(this.#pool, async (client) => {
      const receipted = await storeAccepted(client, outcomes, now);
      const { kept, lost } = await storeDecisions(client, outcomes, now, workerId);
      const announced = kept.filter(({ deliveryId }) => deliveryId !== null).map(({ id }) => id);
      if (announced.length > 0) {
        await client.query({
          name: 'push-delivery-triggered',
          text: `
UPDATE delivery SET state = 'triggered', updated_at = $2
WHERE id IN (SELECT d.id FROM delivery d JOIN push p ON p.delivery_id = d.id
  WHERE p.id = ANY ($1) AND p.state = 'sent' AND d.state = 'queued' ORDER BY d.id FOR UPDATE OF d)
  AND state = 'queued'`,
          values: [announced, now],
        });
      }
      // Receipts that were there before: for parts of this attempt, or for those of earlier ones.
      const mine = new Set(kept.map(({ id }) => id));
      const settling = outcomes.filter(
        ({ pushId, parts, partCount }) => mine.has(pushId) && (receipted.has(pushId) || parts.length < partCount),
      );
      await settle(
        client,
        settling.map(({ pushId }) => pushId),
        now,
        this.#retriggerAt(now),
      );
      return lost;
    });
  }

  async release(pushIds: readonly string[], now: Date, workerId: string, lane?: string): Promise<void> {
    if (pushIds.length === 0) return;
    await guarded(() =>
      this.#pool.query(
        `WITH mine AS (SELECT id FROM push WHERE id = ANY ($1) AND state = 'sending' AND worker_id = $3
          ORDER BY id FOR UPDATE)
        UPDATE push SET state = 'queued', due_at = $2, attempts = attempts - 1, worker_id = NULL,
          lane = coalesce($4, lane), updated_at = $2
        FROM mine WHERE push.id = mine.id`,
        [pushIds, now, workerId, lane ?? null],
      ),
    );
  }

  async reopenLanes(known: readonly string[], now: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `WITH lost AS (SELECT id FROM push WHERE state = 'queued' AND lane <> '' AND NOT lane = ANY ($1)
          ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE push SET lane = '', updated_at = $2 FROM lost WHERE push.id = lost.id`,
        [known, now, limit],
      ),
    );
    return rowCount ?? 0;
  }

  cancel(pushId: string, now: Date): Promise<PushRecord | undefined> {
    return inTransaction(this.#pool, (client) => cancelPush(client, pushId, now));
  }

  list(filter: PushFilter, page: PageRequest): Promise<Page<PushRecord>> {
    return guarded(() => listPushes(this.#pool, filter, page));
  }

  depth(now: Date): Promise<readonly LaneDepth[]> {
    return guarded(() => queueDepth(this.#pool, now));
  }

  async recordReceipts(receipts: readonly DeliveryReceipt[], now: Date): Promise<void> {
    if (receipts.length === 0) return;
    const retriggerAt = this.#retriggerAt(now);
    const rows = await guarded(() => storeReceipts(this.#pool, receipts, now, retriggerAt));
    // Should this fail, nothing was acknowledged: the SMSC sends those receipts again.
    const unfinished = rows.filter(({ settled }) => !settled);
    if (unfinished.length === 0) return;
    await inTransaction(this.#pool, async (client) => {
      await settle(client, await finishReceipts(client, receipts, unfinished), now, retriggerAt);
    });
  }

  async matchReceipts(now: Date, limit: number): Promise<number> {
    return inTransaction(this.#pool, async (client) => {
      const touched = await matchStrangers(client, now, limit);
      await settle(client, touched, now, this.#retriggerAt(now));
      return touched.length;
    });
  }

  async retrigger(now: Date, maxPushes: number, newIds: readonly string[]): Promise<number> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ made: string }>({
        name: 'push-retrigger',
        text: RETRIGGER,
        values: [now, newIds.length, maxPushes, newIds],
      }),
    );
    return Number(rows[0]?.made ?? 0);
  }

  async nextDueAt(lanes: readonly string[] = [OPEN_LANE]): Promise<Date | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ due_at: Date | null }>({
        name: 'push-next-due',
        text: `
SELECT min(next.due_at) AS due_at FROM unnest($1::text[]) AS l(lane), generate_series(0, ${MAX_PUSH_PRIORITY}) AS g(priority),
  LATERAL (SELECT due_at FROM push WHERE state IN ('queued', 'sending') AND lane = l.lane AND priority = g.priority
    ORDER BY due_at LIMIT 1) AS next`,
        values: [lanes],
      }),
    );
    return rows[0]?.due_at ?? undefined;
  }

  find(pushId: string): Promise<PushRecord | undefined> {
    return guarded(() => findPush(this.#pool, pushId));
  }

  #retriggerAt(now: Date): Date | undefined {
    return this.#retriggerAfterMs === undefined ? undefined : new Date(now.getTime() + this.#retriggerAfterMs);
  }

  #claimOf(row: ClaimRow): ClaimedPush {
    const base = {
      pushId: row.id,
      destination: row.destination,
      attempt: row.attempts,
      acceptedParts: row.accepted ?? [],
      ...(row.contents === null ? {} : { acceptedContents: row.contents }),
      lane: row.lane,
      refusedBy: row.refused_by,
      ...(row.link_id === null ? {} : { linkId: row.link_id }),
      ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    };
    if (row.kind === 'raw') {
      return {
        ...base,
        kind: 'raw',
        destinationPort: row.destination_port ?? 0,
        sourcePort: row.source_port ?? 0,
        payload: row.payload === null ? new Uint8Array() : this.#box.open(row.payload),
      };
    }
    return {
      ...base,
      kind: 'package0',
      sessionId: row.session_id ?? 0,
      uiMode: row.ui_mode ?? 0,
      ...this.#accountsOf(row),
    };
  }

  /** While a bootstrap has not been answered nobody knows which of its accounts the device has. */
  #accountsOf(row: ClaimRow): Pick<ClaimedTrigger, 'account' | 'otherAccounts'> {
    const serverId = this.#serverId;
    const current = {
      serverId,
      serverPassword: openSecrets(this.#box, row.secrets).serverPassword,
      serverNonce: row.server_nonce ?? new Uint8Array(),
    };
    const pending = openPendingAccounts(this.#box, row.pending_accounts)
      .toReversed()
      .map(({ server }) => ({
        serverId,
        serverPassword: server.password,
        serverNonce: server.nonce ?? new Uint8Array(),
      }));
    const [account = current, ...otherAccounts] = row.has_account ? [current, ...pending] : pending;
    return otherAccounts.length === 0 ? { account } : { account, otherAccounts };
  }
}

/**
 * $1 how many, $2 now, $3 the end of the lease, $4 who, $5 the lane, $6 whether a lost claim is the end. Whatever is not
 * `sending` afterwards has ended in passing.
 */
const CLAIM = `
WITH due AS (SELECT id, due_at, delivery_id, device_id, campaign_id FROM push
    WHERE state IN ('queued', 'sending') AND lane = $5 AND due_at <= $2
    ORDER BY priority DESC, due_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  fate AS (SELECT due.id, due.due_at, v.secrets, v.server_nonce, v.pending_accounts, v.has_account,
      d.ended_at IS NOT NULL AS ended, due.campaign_id IS NOT NULL AND c.state IS DISTINCT FROM 'running' AS held_back
    FROM due LEFT JOIN delivery d ON d.id = due.delivery_id LEFT JOIN device v ON v.id = due.device_id
    LEFT JOIN campaign c ON c.id = due.campaign_id)
UPDATE push p SET (state, attempts, due_at, worker_id, payload, reason, lost_claims, updated_at) = (SELECT * FROM (SELECT
  CASE
    WHEN fate.ended OR fate.held_back OR p.cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN p.expires_at <= $2 THEN 'expired'
    WHEN p.kind = 'package0' AND fate.secrets IS NULL OR p.state = 'sending' AND $6 THEN 'failed'
    ELSE 'sending'
  END AS next) AS s, LATERAL (SELECT
    CASE WHEN next = 'sending' THEN p.attempts + 1 ELSE p.attempts END,
    CASE WHEN next = 'sending' THEN $3::timestamptz ELSE p.due_at END,
    CASE WHEN next = 'sending' THEN $4 END,
    CASE WHEN next = 'sending' THEN p.payload END,
    CASE next WHEN 'cancelled' THEN CASE WHEN fate.ended THEN 'its delivery has ended'
        WHEN p.cancelled_at IS NOT NULL THEN 'it was cancelled' ELSE 'its campaign is not running' END
      WHEN 'failed' THEN CASE WHEN p.kind = 'package0' AND fate.secrets IS NULL THEN 'the device is gone'
        ELSE 'the process that was sending it ended; it may have been delivered' END
      WHEN 'expired' THEN coalesce(p.reason, 'its time ran out') ELSE p.reason END,
    p.lost_claims + CASE WHEN p.state = 'sending' THEN 1 ELSE 0 END,
    $2::timestamptz) AS rest)
FROM fate WHERE p.id = fate.id
RETURNING p.*, fate.due_at AS was_due_at, fate.secrets, fate.server_nonce, fate.pending_accounts, fate.has_account,
  (SELECT array_agg(part ORDER BY part) FROM push_part
    WHERE push_id = p.id AND link_id = coalesce(p.link_id, '')) AS accepted,
  CASE WHEN p.kind = 'package0' THEN (SELECT json_object_agg(part, content) FROM push_part
    WHERE push_id = p.id AND link_id = coalesce(p.link_id, '') AND content IS NOT NULL) END AS contents`;

/** $1 now, $2 how many, $3 most pushes for one delivery, $4 ids for the new ones. */
const RETRIGGER = `
WITH due AS (SELECT id FROM push WHERE retrigger_at <= $1 ORDER BY retrigger_at LIMIT $2 FOR UPDATE SKIP LOCKED),
  over AS (UPDATE push p SET retrigger_at = NULL FROM due WHERE p.id = due.id RETURNING p.*),
  again AS (SELECT over.*, row_number() OVER () AS no
    FROM over JOIN delivery d ON d.id = over.delivery_id JOIN device v ON v.id = over.device_id
    WHERE d.state = 'triggered' AND d.expires_at > $1 AND (v.last_seen_at IS NULL OR v.last_seen_at < over.created_at)
      AND (SELECT count(*) FROM push p WHERE p.delivery_id = over.delivery_id) < $3),
  made AS (INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, ui_mode, state, priority, due_at,
      expires_at, created_at, updated_at)
    SELECT ($4::text[])[no], kind, destination, device_id, delivery_id, session_id, ui_mode, 'queued', priority, $1,
      expires_at, $1, $1 FROM again RETURNING id),
  told AS (SELECT pg_notify('${PUSH_CHANNEL}', '') FROM made LIMIT 1)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM told) AS told`;

interface ClaimRow {
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
  readonly expires_at: Date | null;
  readonly priority: number;
  readonly lane: string;
  readonly link_id: string | null;
  readonly refused_by: readonly string[];
  readonly was_due_at: Date;
  readonly secrets: Buffer;
  readonly server_nonce: Buffer | null;
  readonly pending_accounts: Buffer | null;
  readonly has_account: boolean;
  readonly accepted: number[] | null;
  /** By part. */
  readonly contents: Record<number, string> | null;
}
