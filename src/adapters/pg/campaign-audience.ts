import type pg from 'pg';
import { spreadFactor, type WaveOrder, waveBounds } from '../../domain/campaign-waves.ts';
import type { DeviceFilter } from '../../domain/device-filter.ts';
import type { AudienceCount, AudienceQuery, ForecastCount } from '../../services/ports/campaign-store.ts';
import { fleetSize, SMALL_FLEET, sampleSql } from './device-estimate.ts';
import { deviceFilterSql } from './device-filter-sql.ts';
import { withinTime } from './pg-fault.ts';

type Queryable = Pick<pg.Pool, 'query'>;

/** A fleet is counted in one go, which takes longer than what else is asked of the database. */
const COUNT_TIMEOUT_MS = 120_000;

/**
 * Neighbours lie in one page of the table. Were they triggered at once, the next versions of their rows would find no room in
 * it, and every index would have to follow; so they are due one after the other.
 */
const STRIDE = 16;

export async function countAudience(
  on: Queryable,
  id: string,
  { audience, filter }: AudienceQuery,
  now: Date,
): Promise<AudienceCount> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const text =
    audience.kind === 'list'
      ? `SELECT count(d.id) AS targets, count(*) - count(d.id) AS unknown,
          count(d.id) - count(d.msisdn) AS without_msisdn, (SELECT count(*) FROM device) AS devices
        FROM campaign_member m LEFT JOIN device d ON d.device_id = m.device_id WHERE m.campaign_id = ${bind(id)}`
      : `SELECT count(*) AS targets, 0 AS unknown, count(*) - count(d.msisdn) AS without_msisdn,
          ${filter === undefined ? 'count(*)' : '(SELECT count(*) FROM device)'} AS devices FROM device d WHERE ${audienceSql(filter, bind, now)}`;
  const { rows } = await on.query<Record<'targets' | 'devices' | 'unknown' | 'without_msisdn', string>>({
    text,
    values,
    query_timeout: COUNT_TIMEOUT_MS,
  } as pg.QueryConfig);
  const [row] = rows;
  return {
    targets: Number(row?.targets ?? 0),
    devices: Number(row?.devices ?? 0),
    unknown: Number(row?.unknown ?? 0),
    withoutMsisdn: Number(row?.without_msisdn ?? 0),
  };
}

/** @param patienceMs what counting may take before the share of a sample has to do */
export async function estimateAudience(
  pool: pg.Pool,
  id: string,
  query: AudienceQuery,
  now: Date,
  patienceMs: number,
): Promise<ForecastCount> {
  // Lists are counted, and so is everybody: that number has to be typed.
  const devices = query.filter === undefined ? 0 : await fleetSize(pool);
  const counted =
    devices <= SMALL_FLEET
      ? await countAudience(pool, id, query, now)
      : await withinTime(pool, patienceMs, (client) => countAudience(client, id, query, now));
  if (counted !== undefined) return { ...counted, kind: 'exact' };
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const fits = audienceSql(query.filter, bind, now);
  const { rows } = await pool.query<{ targets: number; without: number }>(
    `SELECT count(*) FILTER (WHERE ${fits}) / greatest(count(*), 1)::float8 AS targets,
      count(*) FILTER (WHERE ${fits} AND d.msisdn IS NULL) / greatest(count(*), 1)::float8 AS without
    FROM ${sampleSql(devices)}`,
    values,
  );
  const share = (part: number | undefined): number => Math.round((part ?? 0) * devices);
  return {
    targets: share(rows[0]?.targets),
    devices,
    unknown: 0,
    withoutMsisdn: share(rows[0]?.without),
    kind: 'estimate',
  };
}

/** Writes down how many targets there are to be, and what belongs to which wave. */
export async function prepareAudience(
  on: Queryable,
  id: string,
  waves: readonly WaveOrder[],
  targets: number,
  now: Date,
): Promise<void> {
  const bounds = waveBounds(waves, targets);
  await on.query(
    `WITH w AS (UPDATE campaign SET expected = $2 WHERE id = $1)
    INSERT INTO campaign_wave (campaign_id, wave, state, upto, updated_at)
    SELECT $1, no, 'waiting', ($3::int[])[no], $5 FROM generate_series(1, $4::int) AS no`,
    [id, targets, bounds ?? null, waves.length, now],
  );
}

export interface GatherState {
  readonly scanDevice: string | null;
  readonly scanPlace: string | null;
  readonly expected: number;
  readonly joined: number;
  /** All had been gone through once: who is met again may be a target already. */
  readonly wasScanned: boolean;
}

/**
 * Takes in the targets among the next devices, or lines of the list, and moves the cursor in the same statement: however
 * it ends, it goes on from where it was. Rows stay in the database.
 */
export async function gatherTargets(
  on: Queryable,
  id: string,
  { audience, filter }: AudienceQuery,
  waves: readonly WaveOrder[],
  waveFilters: readonly (DeviceFilter | undefined)[],
  state: GatherState,
  limit: number,
  now: Date,
): Promise<{ readonly scanned: number; readonly joined: number }> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const campaign = `${bind(id)}::uuid`;
  const at = `${bind(now)}::timestamptz`;
  const most = bind(limit);
  const list = audience.kind === 'list';
  const bounds = waveBounds(waves, state.expected);
  const byFilter = bounds === undefined ? waveByFilter(waves.length, waveFilters, bind, now) : undefined;
  // What is decided by a device is decided where it is read: its row, wide as it is, is not carried on.
  const said = `d.id, ${conditionOf(filter, bind, now)} AS fits, ${byFilter ?? 'NULL::int'} AS wave`;
  const source = list
    ? `SELECT m.place, ${said} FROM campaign_member m LEFT JOIN device d ON d.device_id = m.device_id
      WHERE m.campaign_id = ${campaign} AND m.place > ${bind(state.scanPlace ?? '-1')}::bigint
      ORDER BY m.place LIMIT ${most}`
    : `SELECT ${said} FROM device d ${state.scanDevice === null ? '' : `WHERE d.id > ${bind(state.scanDevice)}::uuid`}
      ORDER BY d.id LIMIT ${most}`;
  const order = list ? 's.place' : 's.id';
  const wave = byFilter !== undefined ? 'f.wave' : waveByNumber(bounds ?? [], state, bind);
  const text = `
WITH scanned AS MATERIALIZED (${source}),
  fresh AS (SELECT s.id, s.wave, ${bind(state.joined)}::int + row_number() OVER (ORDER BY ${order}) - 1 AS number FROM scanned s
    WHERE s.id IS NOT NULL AND s.fits
    ${state.wasScanned || list ? `AND NOT EXISTS (SELECT FROM campaign_target t WHERE t.campaign_id = ${campaign} AND t.device_id = s.id)` : ''}),
  made AS (INSERT INTO campaign_target (campaign_id, device_id, wave, state, due_at, at)
    SELECT ${campaign}, f.id, ${wave}, 'waiting', ${at} - (f.number % ${STRIDE}) * interval '1 millisecond', ${at} FROM fresh f
    ${state.wasScanned || list ? 'ON CONFLICT DO NOTHING' : ''} RETURNING 1),
  moved AS (UPDATE campaign SET joined = joined + (SELECT count(*) FROM made),
    ${
      list
        ? 'scan_place = coalesce((SELECT max(place) FROM scanned), scan_place)'
        : 'scan_device = coalesce((SELECT id FROM scanned ORDER BY id DESC LIMIT 1), scan_device)'
    } WHERE id = ${campaign})
SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM made) AS joined`;
  const { rows } = await on.query<{ scanned: string; joined: string }>(text, values);
  return { scanned: Number(rows[0]?.scanned ?? 0), joined: Number(rows[0]?.joined ?? 0) };
}

/** The wave of a device `d`, by its own nature; whoever fits no filter is of the last one. */
function waveByFilter(
  last: number,
  waveFilters: readonly (DeviceFilter | undefined)[],
  bind: (value: unknown) => string,
  now: Date,
): string {
  const cases = waveFilters.flatMap((filter, index) =>
    filter === undefined || index === last - 1 ? [] : [`WHEN ${conditionOf(filter, bind, now)} THEN ${index + 1}`],
  );
  return cases.length === 0 ? String(last) : `CASE ${cases.join(' ')} ELSE ${last} END`;
}

/** The wave of target number `f.number`; the same as `waveOfTarget`. */
function waveByNumber(bounds: readonly number[], { expected }: GatherState, bind: (value: unknown) => string): string {
  const last = bounds.length;
  if (last === 1 || expected === 0) return String(last);
  const total = `${bind(expected)}::bigint`;
  const place = `((f.number * ${bind(spreadFactor(expected))}::bigint) % ${total})::int`;
  return `CASE WHEN f.number >= ${total} THEN ${last} ELSE width_bucket(${place}, ${bind(bounds.slice(0, -1))}::int[]) + 1 END`;
}

/** As a condition by which rows are found: an index may serve. */
function audienceSql(filter: DeviceFilter | undefined, bind: (value: unknown) => string, now: Date): string {
  return filter === undefined ? 'true' : deviceFilterSql(filter, bind, now);
}

function conditionOf(filter: DeviceFilter | undefined, bind: (value: unknown) => string, now: Date): string {
  // What is unknown is not true.
  return filter === undefined ? 'true' : `(${deviceFilterSql(filter, bind, now)} IS TRUE)`;
}
