import type pg from 'pg';
import type { PushState } from '../../domain/push.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { LaneDepth, PushFilter, PushRecord } from '../../services/ports/push-outbox.ts';

// What admins ask of pushes and do to them; nothing here is on the way of a push.

const RECORD = `SELECT p.id, p.kind, p.destination, p.delivery_id, p.state, p.attempts, p.uncertain_parts, p.lost_claims,
  p.priority, p.part_count, p.due_at, p.expires_at, p.reason, p.link_id, p.created_at, p.updated_at,
  (SELECT json_agg(json_build_array(a.part, a.message_id, a.receipt, a.link_id) ORDER BY a.part) FROM push_part a
    WHERE a.push_id = p.id AND a.link_id = coalesce(p.link_id, a.link_id)) AS parts
FROM push p`;

type Queryable = Pick<pg.Pool, 'query'>;

export async function findPush(on: Queryable, pushId: string): Promise<PushRecord | undefined> {
  const { rows } = await on.query<RecordRow>(`${RECORD} WHERE p.id = $1`, [pushId]);
  return rows[0] === undefined ? undefined : recordOf(rows[0]);
}

/** Newest first. */
export async function listPushes(
  on: Queryable,
  { deliveryId, deviceId, destination, state }: PushFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PushRecord>> {
  const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
  const values: unknown[] = [limit + 1];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replace('?', `$${values.length}`));
  };
  where('p.delivery_id = ?', deliveryId);
  where('p.device_id = (SELECT id FROM device WHERE device_id = ?)', deviceId);
  where('p.destination = ?', destination);
  where('p.state = ?', state);
  where('p.id < ?', before?.[0]);
  const condition = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await on.query<RecordRow>(`${RECORD} ${condition} ORDER BY p.id DESC LIMIT $1`, values);
  return pageOfRows(rows, limit, ({ id }) => [id], recordOf);
}

/** @throws AppError `push-ended` */
export async function cancelPush(client: pg.PoolClient, pushId: string, now: Date): Promise<PushRecord | undefined> {
  const { rows } = await client.query<{ state: PushState }>('SELECT state FROM push WHERE id = $1 FOR UPDATE', [
    pushId,
  ]);
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.state !== 'queued' && row.state !== 'sending') {
    throw new AppError('push-ended', `The push cannot be cancelled any more: it is ${row.state}.`, {
      state: row.state,
    });
  }
  await client.query(
    `UPDATE push SET cancelled_at = $2, updated_at = $2, state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
      reason = CASE WHEN state = 'queued' THEN 'it was cancelled' ELSE reason END,
      payload = CASE WHEN state = 'queued' THEN NULL ELSE payload END WHERE id = $1`,
    [pushId, now],
  );
  return findPush(client, pushId);
}

export async function queueDepth(on: Queryable, now: Date): Promise<readonly LaneDepth[]> {
  const { rows } = await on.query<{ lane: string; queued: number; sending: number; oldest: Date | null }>({
    name: 'push-depth',
    text: `SELECT lane, count(*) FILTER (WHERE state = 'queued')::int AS queued,
      count(*) FILTER (WHERE state = 'sending')::int AS sending, min(due_at) FILTER (WHERE due_at <= $1) AS oldest
      FROM push WHERE state IN ('queued', 'sending') GROUP BY lane ORDER BY lane`,
    values: [now],
  });
  return rows.map(({ lane, queued, sending, oldest }) => ({
    lane,
    queued,
    sending,
    ...(oldest === null ? {} : { oldestDueAt: oldest }),
  }));
}

interface RecordRow {
  readonly id: string;
  readonly kind: 'package0' | 'raw';
  readonly destination: string;
  readonly delivery_id: string | null;
  readonly state: PushState;
  readonly attempts: number;
  readonly uncertain_parts: number;
  readonly lost_claims: number;
  readonly priority: number;
  readonly part_count: number | null;
  readonly due_at: Date;
  readonly expires_at: Date | null;
  readonly reason: string | null;
  readonly link_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly parts: [part: number, messageId: string, receipt: string | null, linkId: string][] | null;
}

function recordOf(row: RecordRow): PushRecord {
  return {
    pushId: row.id,
    kind: row.kind,
    ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
    destination: row.destination,
    state: row.state,
    attempts: row.attempts,
    uncertainParts: row.uncertain_parts,
    lostClaims: row.lost_claims,
    priority: row.priority,
    ...(row.link_id === null ? {} : { linkId: row.link_id }),
    ...(row.part_count === null ? {} : { partCount: row.part_count }),
    dueAt: row.due_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    parts: (row.parts ?? []).map(([part, messageId, receipt, linkId]) => ({
      part,
      messageId,
      ...(receipt === null ? {} : { receipt }),
      linkId,
    })),
  };
}
