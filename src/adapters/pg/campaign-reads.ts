import type pg from 'pg';
import type { TargetState } from '../../domain/campaign.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type {
  CampaignAnswer,
  CampaignFailure,
  CampaignResult,
  CampaignTarget,
  TargetTransition,
} from '../../services/ports/campaign-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { guarded } from './pg-fault.ts';

type Queryable = Pick<pg.Pool, 'query'>;

export type CampaignHistory = CampaignTarget & { readonly history: readonly TargetTransition[] };

const TARGET = `t.device_id AS row_id, coalesce(d.device_id, t.former_device_id, t.device_id::text) AS device_id,
  d.id IS NOT NULL AS is_registered, t.wave, t.state, t.attempt, t.due_at, t.delivery_id, t.push_id, t.reason, t.at`;

interface TargetRow {
  readonly row_id: string;
  readonly device_id: string;
  readonly is_registered: boolean;
  readonly wave: number;
  readonly state: TargetState;
  readonly attempt: number;
  readonly due_at: Date | null;
  readonly delivery_id: string | null;
  readonly push_id: string | null;
  readonly reason: string | null;
  readonly at: Date;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
/** Transitions of one target at most: the newest. */
const MAX_HISTORY = 1_000;
/** Rows of an export that are in memory at once. */
const ROWS_AT_ONCE = 1_000;

/** In the order of the devices' rows. */
export async function listTargets(
  on: Queryable,
  id: string,
  { state, wave }: { readonly state?: TargetState; readonly wave?: number },
  { limit, cursor }: PageRequest,
): Promise<Page<CampaignTarget>> {
  const after = cursor === undefined ? NO_ID : (decodeCursor(cursor, ['uuid']) as readonly [string])[0];
  const values: unknown[] = [limit + 1, id, after];
  const conditions = ['t.campaign_id = $2', 't.device_id > $3'];
  if (state !== undefined) conditions.push(`t.state = $${values.push(state)}`);
  if (wave !== undefined) conditions.push(`t.wave = $${values.push(wave)}`);
  const { rows } = await on.query<TargetRow>(
    // The page first, and only then the devices of it, whatever the planner thinks of the size of the fleet.
    `SELECT ${TARGET} FROM (SELECT * FROM campaign_target t WHERE ${conditions.join(' AND ')}
      ORDER BY t.device_id LIMIT $1) AS t LEFT JOIN device d ON d.id = t.device_id ORDER BY t.device_id`,
    values,
  );
  return pageOfRows(rows, limit, ({ row_id }) => [row_id], targetOf);
}

export async function findTarget(on: Queryable, id: string, deviceId: string): Promise<CampaignHistory | undefined> {
  const { rows } = await on.query<TargetRow>(
    `SELECT ${TARGET} FROM device d JOIN campaign_target t ON t.campaign_id = $1 AND t.device_id = d.id WHERE d.device_id = $2
    UNION ALL SELECT ${TARGET} FROM campaign_target t LEFT JOIN device d ON d.id = t.device_id
    WHERE t.campaign_id = $1 AND t.former_device_id = $2 LIMIT 1`,
    [id, deviceId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const events = await on.query<{ data: Omit<TargetTransition, 'at'>; at: Date }>(
    `SELECT data, at FROM (SELECT id, data, at FROM event WHERE device_id = $2 AND campaign_id = $1 AND kind LIKE 'target.%'
      ORDER BY id DESC LIMIT ${MAX_HISTORY}) AS e ORDER BY id`,
    [id, row.row_id],
  );
  const history = events.rows.map(({ data: { from, to, reason, attempt }, at }) => ({
    ...(from !== undefined && { from }),
    to,
    ...(reason !== undefined && reason !== null && { reason }),
    ...(attempt !== undefined && { attempt }),
    at,
  }));
  return { ...targetOf(row), history };
}

interface FailureRow {
  readonly id: string;
  readonly reason: string;
  readonly command: string;
  readonly loc_uri: string;
  readonly status: number;
  readonly n: string;
}

/** The most frequent first; what was appended since the counts were folded is counted, too. */
export async function listFailures(
  on: Queryable,
  id: string,
  { limit, cursor }: PageRequest,
): Promise<Page<CampaignFailure>> {
  const [n, after] =
    cursor === undefined ? [null, null] : (decodeCursor(cursor, ['count', 'count']) as readonly [number, number]);
  const { rows } = await on.query<FailureRow>(
    `SELECT * FROM (SELECT f.id, f.reason, f.command, f.loc_uri, f.status, f.n + coalesce(a.n, 0) AS n
      FROM campaign_failure f LEFT JOIN (SELECT failure_id, sum(n) AS n FROM campaign_tally
        WHERE campaign_id = $2 AND wave = 0 AND failure_id IS NOT NULL GROUP BY failure_id) AS a ON a.failure_id = f.id
      WHERE f.campaign_id = $2) AS f
    WHERE n > 0 AND ($3::bigint IS NULL OR (-n, id) > (-$3, $4::bigint)) ORDER BY -n, id LIMIT $1`,
    [limit + 1, id, n, after],
  );
  return pageOfRows(rows, limit, (row) => [Number(row.n), Number(row.id)], failureOf);
}

export async function listFailedDevices(
  on: Queryable,
  id: string,
  failureId: number,
  { limit, cursor }: PageRequest,
): Promise<Page<CampaignTarget>> {
  const after = cursor === undefined ? NO_ID : (decodeCursor(cursor, ['uuid']) as readonly [string])[0];
  const { rows } = await on.query<TargetRow>(
    `SELECT ${TARGET} FROM campaign_failure_device f
    JOIN campaign_target t ON t.campaign_id = f.campaign_id AND t.device_id = f.device_id
    LEFT JOIN device d ON d.id = t.device_id
    WHERE f.campaign_id = $2 AND f.failure_id = $3 AND f.device_id > $4 ORDER BY f.device_id LIMIT $1`,
    [limit + 1, id, failureId, after],
  );
  return pageOfRows(rows, limit, ({ row_id }) => [row_id], targetOf);
}

/** All targets, portion by portion. */
export async function* readResults(on: Queryable, id: string): AsyncGenerator<readonly CampaignResult[]> {
  let after = NO_ID;
  for (;;) {
    const { rows } = await guarded(() =>
      on.query<TargetRow & { readonly failures: CampaignResult['failures'] | null }>({
        name: 'campaign-results',
        text: `SELECT ${TARGET}, CASE WHEN t.state = 'failed' THEN (
            SELECT json_agg(json_build_object('command', f.command, 'locUri', f.loc_uri, 'status', f.status) ORDER BY f.id)
            FROM campaign_failure_device x JOIN campaign_failure f ON f.id = x.failure_id AND f.command <> ''
            WHERE x.campaign_id = t.campaign_id AND x.device_id = t.device_id) END AS failures
          FROM (SELECT * FROM campaign_target WHERE campaign_id = $1 AND device_id > $2 ORDER BY device_id LIMIT $3) AS t
          LEFT JOIN device d ON d.id = t.device_id ORDER BY t.device_id`,
        values: [id, after, ROWS_AT_ONCE],
      }),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.row_id;
    yield rows.map((row) => ({ ...targetOf(row), failures: row.failures ?? [] }));
  }
}

/** Devices of one portion of a report: each has many nodes. */
const DEVICES_AT_ONCE = 50;

/** What is known of the trees of the targets that have succeeded, below the root, portion by portion. */
export async function* readAnswers(on: Queryable, id: string, root: string): AsyncGenerator<readonly CampaignAnswer[]> {
  let after = NO_ID;
  for (;;) {
    const { rows: devices } = await guarded(() =>
      on.query<{ row_id: string }>({
        name: 'campaign-answered',
        text: `SELECT device_id AS row_id FROM campaign_target WHERE campaign_id = $1 AND state = 'succeeded'
          AND device_id > $2 ORDER BY device_id LIMIT $3`,
        values: [id, after, DEVICES_AT_ONCE],
      }),
    );
    const last = devices.at(-1);
    if (last === undefined) return;
    after = last.row_id;
    const { rows } = await guarded(() =>
      on.query<{ device_id: string; loc_uri: string; value: string | null; format: string | null; at: Date }>({
        name: 'campaign-answers',
        text: `SELECT d.device_id, n.loc_uri, n.value, n.format, n.at FROM device d JOIN node_value n ON n.device_id = d.id
          WHERE d.id = ANY ($1::uuid[]) AND ($2 = '.' OR n.loc_uri = $2 OR starts_with(n.loc_uri, $2 || '/'))
          ORDER BY d.id, n.loc_uri`,
        values: [devices.map(({ row_id }) => row_id), root],
      }),
    );
    yield rows.map(({ device_id, loc_uri, value, format, at }) => ({
      deviceId: device_id,
      locUri: loc_uri,
      ...(value !== null && { value }),
      ...(format !== null && { format }),
      at,
    }));
  }
}

function failureOf({ id, reason, command, loc_uri, status, n }: FailureRow): CampaignFailure {
  return {
    id: Number(id),
    reason,
    ...(command !== '' && { command }),
    ...(loc_uri !== '' && { locUri: loc_uri }),
    ...(status !== 0 && { status }),
    devices: Number(n),
  };
}

function targetOf(row: TargetRow): CampaignTarget {
  return {
    deviceId: row.device_id,
    isRegistered: row.is_registered,
    wave: row.wave,
    state: row.state,
    attempt: row.attempt,
    ...(row.due_at !== null && { dueAt: row.due_at }),
    ...(row.delivery_id !== null && { deliveryId: row.delivery_id }),
    ...(row.push_id !== null && { pushId: row.push_id }),
    ...(row.reason !== null && { reason: row.reason }),
    at: row.at,
  };
}
