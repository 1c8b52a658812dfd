import type pg from 'pg';
import { PUSH_CHANNEL } from './push-bell.ts';

// What the scheduler does to many targets at once, a portion each time. Rows are locked in one order everywhere, so that
// nobody waits in a circle: pushes, deliveries, targets.

type Queryable = Pick<pg.Pool, 'query'>;

/** $1 the campaign, $2 now, $3 how many, $4 most attempts, $5 the pause after one, $6 its longest, milliseconds. */
const RETRIGGER = `
WITH due AS (SELECT t.device_id, t.attempt, t.delivery_id FROM campaign_target t
    WHERE t.campaign_id = $1 AND t.state = 'triggered' AND t.due_at <= $2 AND t.push_id IS NULL
    ORDER BY t.due_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
  look AS (SELECT due.*, d.ended_at IS NULL AND d.state IN ('queued', 'triggered') AND d.expires_at > $2
      AND v.msisdn IS NOT NULL AND due.attempt < $4::int AS is_silent,
      EXISTS (SELECT FROM push p WHERE p.delivery_id = due.delivery_id AND p.state IN ('queued', 'sending')) AS is_on_its_way,
      v.msisdn, d.trigger_session_id, d.expires_at
    FROM due JOIN delivery d ON d.id = due.delivery_id JOIN device v ON v.id = due.device_id),
  made AS (INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, ui_mode, state, priority, due_at,
      expires_at, created_at, updated_at, campaign_id)
    SELECT new_id()::text, 'package0', look.msisdn, look.device_id, look.delivery_id, look.trigger_session_id, p.ui_mode,
      'queued', p.priority, $2::timestamptz, look.expires_at, $2::timestamptz, $2::timestamptz, $1::uuid
    FROM look, LATERAL (SELECT ui_mode, priority FROM push WHERE delivery_id = look.delivery_id ORDER BY id DESC LIMIT 1) AS p
    WHERE is_silent AND NOT is_on_its_way),
  moved AS (UPDATE campaign_target t SET
      attempt = t.attempt + CASE WHEN is_silent AND NOT is_on_its_way THEN 1 ELSE 0 END,
      reason = CASE WHEN is_silent AND NOT is_on_its_way THEN 'silent' ELSE t.reason END,
      at = CASE WHEN is_silent AND NOT is_on_its_way THEN $2::timestamptz ELSE t.at END,
      due_at = CASE WHEN is_silent THEN $2::timestamptz
        + least($5::float8 * power(2, least(t.attempt, 40)), $6::float8) * interval '1 millisecond' END
    FROM look WHERE t.campaign_id = $1 AND t.device_id = look.device_id RETURNING t.device_id),
  told AS (SELECT pg_notify('${PUSH_CHANNEL}', '') FROM look WHERE is_silent LIMIT 1)
SELECT count(*) AS n, (SELECT count(*) FROM told) AS told FROM moved`;

/** Devices that have not come are triggered again, for the same delivery. */
export async function retriggerSilent(
  on: Queryable,
  id: string,
  { maxAttempts, firstMs, maxMs }: { readonly maxAttempts: number; readonly firstMs: number; readonly maxMs: number },
  limit: number,
  now: Date,
): Promise<number> {
  return count(on, 'campaign-retrigger', RETRIGGER, [id, now, limit, maxAttempts, firstMs, maxMs]);
}

/** Attempts by a push alone, of which nobody has told anything by their time. */
export function expirePushAttempts(on: Queryable, id: string, limit: number, now: Date): Promise<number> {
  return count(
    on,
    'campaign-expire-pushes',
    `WITH due AS (SELECT t.device_id, t.attempt FROM campaign_target t
      WHERE t.campaign_id = $1 AND t.state = 'triggered' AND t.due_at <= $2 AND t.push_id IS NOT NULL
      ORDER BY t.due_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
    fate AS (SELECT due.device_id, retry_due_at(c.retry, due.attempt::int, ARRAY['expired'], $2, c.end_at) AS again
      FROM due, campaign c WHERE c.id = $1),
    moved AS (UPDATE campaign_target t SET state = CASE WHEN again IS NULL THEN 'expired' ELSE 'waiting' END,
        due_at = again, reason = 'expired', at = $2
      FROM fate WHERE t.campaign_id = $1 AND t.device_id = fate.device_id RETURNING 1)
    SELECT count(*) AS n FROM moved`,
    [id, now, limit],
  );
}

/** Pushes that have not left; triggers take their deliveries and targets back. */
export function recallPushes(on: Queryable, id: string, reason: string, limit: number, now: Date): Promise<number> {
  return count(
    on,
    'campaign-recall',
    `WITH held AS (SELECT id FROM push WHERE campaign_id = $1 AND state = 'queued' ORDER BY id LIMIT $3
      FOR UPDATE SKIP LOCKED),
    gone AS (UPDATE push p SET state = 'cancelled', reason = $4, payload = NULL, cancelled_at = $2, updated_at = $2
      FROM held WHERE p.id = held.id RETURNING 1)
    SELECT count(*) AS n FROM gone`,
    [id, now, limit, reason],
  );
}

/** @param waves the skipped ones; undefined: all, for the campaign has ended */
export function endWaiting(
  on: Queryable,
  id: string,
  waves: readonly number[] | undefined,
  state: 'skipped' | 'cancelled',
  reason: string,
  limit: number,
  now: Date,
): Promise<number> {
  return count(
    on,
    'campaign-end-waiting',
    `WITH held AS (SELECT device_id FROM campaign_target WHERE campaign_id = $1 AND state = 'waiting'
      AND ($4::smallint[] IS NULL OR wave = ANY ($4)) LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
    moved AS (UPDATE campaign_target t SET state = $5, reason = $6, due_at = NULL, at = $2
      FROM held WHERE t.campaign_id = $1 AND t.device_id = held.device_id RETURNING 1)
    SELECT count(*) AS n FROM moved`,
    [id, now, limit, waves ?? null, state, reason],
  );
}

/** What is with the devices: sessions go on, and end without it. */
export async function cancelUnderWay(client: pg.PoolClient, id: string, limit: number, now: Date): Promise<number> {
  const { rows } = await client.query<{ delivery_id: string }>({
    name: 'campaign-open-deliveries',
    text: `SELECT delivery_id FROM campaign_target
      WHERE campaign_id = $1 AND state IN ('triggered', 'delivering') AND delivery_id IS NOT NULL LIMIT $2`,
    values: [id, limit],
  });
  const ids = rows.map(({ delivery_id }) => delivery_id).sort();
  if (ids.length > 0) {
    await client.query({
      name: 'campaign-hold-pushes',
      text: `SELECT id FROM push WHERE delivery_id = ANY ($1::uuid[]) AND state = 'queued' ORDER BY id FOR UPDATE`,
      values: [ids],
    });
    await client.query({
      name: 'campaign-cancel-deliveries',
      text: `WITH held AS (SELECT id FROM delivery WHERE id = ANY ($1::uuid[]) AND ended_at IS NULL ORDER BY id FOR UPDATE)
        UPDATE delivery d SET state = 'cancelled', updated_at = $2, ended_at = $2 FROM held WHERE d.id = held.id`,
      values: [ids, now],
    });
  }
  // What no open delivery stands behind: pushes that have left, and deliveries that somebody has removed.
  const rest = await count(
    client,
    'campaign-cancel-rest',
    `WITH held AS (SELECT t.device_id FROM campaign_target t
      WHERE t.campaign_id = $1 AND t.state IN ('triggered', 'delivering')
        AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = t.delivery_id AND d.ended_at IS NULL)
        AND NOT EXISTS (SELECT FROM push p WHERE p.id = t.push_id AND p.state IN ('queued', 'sending'))
      LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
    moved AS (UPDATE campaign_target t SET state = 'cancelled', reason = 'campaign-cancelled', due_at = NULL, at = $2
      FROM held WHERE t.campaign_id = $1 AND t.device_id = held.device_id RETURNING 1)
    SELECT count(*) AS n FROM moved`,
    [id, now, limit],
  );
  return ids.length + rest;
}

/** Targets that had failed by then wait again. */
export function putBackFailed(on: Queryable, id: string, until: Date, limit: number, now: Date): Promise<number> {
  return count(
    on,
    'campaign-put-back',
    `WITH held AS (SELECT t.device_id FROM campaign_target t WHERE t.campaign_id = $1 AND t.state IN ('failed', 'expired')
      AND t.at <= $4 AND t.former_device_id IS NULL
      AND t.wave IN (SELECT wave FROM campaign_wave WHERE campaign_id = $1 AND state <> 'skipped') LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
    moved AS (UPDATE campaign_target t SET state = 'waiting', reason = 'retry-failed', due_at = $2, at = $2
      FROM held WHERE t.campaign_id = $1 AND t.device_id = held.device_id RETURNING 1)
    SELECT count(*) AS n FROM moved`,
    [id, now, limit, until],
  );
}

/** What a deleted campaign has left, table by table; the campaign itself goes last. */
export async function removeCampaign(client: pg.PoolClient, id: string, limit: number): Promise<number> {
  for (const text of REMOVALS) {
    const { rowCount } = await client.query(text, [id, limit]);
    if (rowCount !== null && rowCount > 0) return rowCount;
  }
  await client.query('DELETE FROM campaign WHERE id = $1', [id]);
  return 0;
}

const REMOVALS = [
  'DELETE FROM push WHERE id IN (SELECT id FROM push WHERE campaign_id = $1 AND delivery_id IS NULL LIMIT $2)',
  'DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE campaign_id = $1 LIMIT $2)',
  `DELETE FROM campaign_target WHERE campaign_id = $1
    AND device_id IN (SELECT device_id FROM campaign_target WHERE campaign_id = $1 LIMIT $2)`,
  `DELETE FROM campaign_member WHERE campaign_id = $1
    AND place IN (SELECT place FROM campaign_member WHERE campaign_id = $1 LIMIT $2)`,
  'DELETE FROM event WHERE (tx, id) IN (SELECT tx, id FROM event WHERE campaign_id = $1 LIMIT $2)',
  `DELETE FROM campaign_failure_device WHERE (campaign_id, failure_id, device_id) IN
    (SELECT campaign_id, failure_id, device_id FROM campaign_failure_device WHERE campaign_id = $1 LIMIT $2)`,
  'DELETE FROM campaign_failure WHERE id IN (SELECT id FROM campaign_failure WHERE campaign_id = $1 LIMIT $2)',
  'DELETE FROM campaign_tally WHERE id IN (SELECT id FROM campaign_tally WHERE campaign_id = $1 LIMIT $2)',
  'WITH portion AS (SELECT $2::int) DELETE FROM campaign_pace WHERE campaign_id = $1',
  'WITH portion AS (SELECT $2::int) DELETE FROM campaign_count WHERE campaign_id = $1',
  'WITH portion AS (SELECT $2::int) DELETE FROM campaign_wave WHERE campaign_id = $1',
];

async function count(on: Queryable, name: string, text: string, values: unknown[]): Promise<number> {
  const { rows } = await on.query<{ n: string }>({ name, text, values });
  return Number(rows[0]?.n ?? 0);
}
