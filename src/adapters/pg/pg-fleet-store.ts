import type pg from 'pg';
import type { Device } from '../../domain/device.ts';
import { MAX_TAGS } from '../../domain/device-labels.ts';
import { type DeviceRow, deviceOfRow } from '../../services/device-row.ts';
import type {
  DeviceCount,
  DeviceOrder,
  DeviceSelection,
  FleetStore,
  TagChange,
  TaggedBatch,
} from '../../services/ports/fleet-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { type Bind, deviceFilterSql } from './device-filter-sql.ts';
import { DevicePageOrder, type OrderedDeviceRow } from './device-page.ts';
import { guarded } from './pg-fault.ts';

/** As {@link DeviceRow}. */
const COLUMNS = `d.id, d.device_id AS "deviceId", d.msisdn, d.imsi, d.auth, d.server_auth AS "serverAuth",
  d.client_scope AS "clientScope", d.client_username AS "clientUsername", d.has_account AS "hasAccount",
  d.bootstrap_state AS "bootstrapState", d.bootstrap_at AS "bootstrapAt", d.bootstrap_push_id AS "bootstrapPushId",
  d.info_dev_id AS "infoDevId", d.info_man AS "infoMan", d.info_mod AS "infoMod", d.info_dmv AS "infoDmV",
  d.info_lang AS "infoLang", d.info_fwv AS "infoFwV", d.tags, d.attributes, d.time_zone AS "timeZone",
  d.created_at AS "createdAt", d.updated_at AS "updatedAt", d.last_seen_at AS "lastSeenAt"`;

/** Counted exactly up to here. */
const COUNTED = 10_000;
/** In the planner's units; beyond it a count takes longer than a reader of pages should wait. */
const AFFORDABLE_COST = 30_000;

/** The table `device` as a whole. Throws AppError `unavailable` when the database is away. */
export class PgFleetStore implements FleetStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async list(selection: DeviceSelection, by: DeviceOrder | undefined, page: PageRequest): Promise<Page<Device>> {
    const order = new DevicePageOrder(by);
    const rows: OrderedDeviceRow[] = [];
    for (const part of order.parts(page.cursor)) {
      const values: unknown[] = [];
      const bind: Bind = (value) => `$${values.push(value)}`;
      const { condition, orderBy, key } = part.sql(bind);
      const text = `SELECT ${COLUMNS}, ${key} AS "orderKey" FROM device d
WHERE ${condition} AND ${conditionOf(selection, bind)} ORDER BY ${orderBy} LIMIT ${bind(page.limit + 1 - rows.length)}`;
      const found = await guarded(() => this.#pool.query<OrderedDeviceRow>(text, values));
      rows.push(...found.rows);
      if (rows.length > page.limit) break;
    }
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return { items: shown.map(deviceOfRow), ...(last === undefined ? {} : { nextCursor: order.cursorOf(last) }) };
  }

  async count(selection: DeviceSelection, exact: boolean): Promise<DeviceCount> {
    const values: unknown[] = [];
    const where = `FROM device d WHERE ${conditionOf(selection, (value) => `$${values.push(value)}`)}`;
    if (exact) return { count: await this.#number(`SELECT count(*) AS n ${where}`, values), kind: 'exact' };
    const some = `SELECT count(*) AS n FROM (SELECT ${where} LIMIT ${COUNTED + 1}) AS c`;
    const { cost } = await this.#plan(some, values);
    const counted = cost > AFFORDABLE_COST ? undefined : await this.#number(some, values);
    if (counted !== undefined && counted <= COUNTED) return { count: counted, kind: 'exact' };
    const { rows } = await this.#plan(`SELECT ${where}`, values);
    return { count: Math.max(rows, counted ?? 0), kind: 'estimate' };
  }

  async *batches(selection: DeviceSelection, limit: number): AsyncGenerator<readonly Device[]> {
    // A page at a time: no transaction is held open for as long as somebody takes to read.
    for (let after: string | undefined; ; ) {
      const values: unknown[] = [];
      const bind: Bind = (value) => `$${values.push(value)}`;
      const behind = after === undefined ? 'true' : `d.id > ${bind(after)}::uuid`;
      const text = `SELECT ${COLUMNS} FROM device d
WHERE ${behind} AND ${conditionOf(selection, bind)} ORDER BY d.id LIMIT ${bind(limit)}`;
      const { rows } = await guarded(() => this.#pool.query<DeviceRow>(text, values));
      if (rows.length > 0) yield rows.map(deviceOfRow);
      if (rows.length < limit) return;
      after = rows.at(-1)?.id;
    }
  }

  async tag(
    selection: DeviceSelection,
    { add, remove, at }: TagChange,
    after: string | undefined,
    limit: number,
  ): Promise<TaggedBatch> {
    const values: unknown[] = [];
    const bind: Bind = (value) => `$${values.push(value)}`;
    const [added, removed] = [`${bind(add)}::text[]`, `${bind(remove)}::text[]`];
    const behind = after === undefined ? 'true' : `d.id > ${bind(after)}::uuid`;
    const text = `
WITH due AS (SELECT d.id FROM device d
    WHERE ${behind} AND (NOT d.tags @> ${added} OR d.tags && ${removed}) AND ${conditionOf(selection, bind)}
    ORDER BY d.id LIMIT ${bind(limit)} FOR NO KEY UPDATE OF d),
  done AS (UPDATE device d SET tags = n.tags, updated_at = ${bind(at)}
    FROM due JOIN LATERAL (SELECT array_agg(DISTINCT t.tag COLLATE "C" ORDER BY t.tag COLLATE "C") AS tags
      FROM device o, unnest(o.tags || ${added}) AS t(tag) WHERE o.id = due.id AND t.tag <> ALL (${removed})) AS m ON true,
      LATERAL (SELECT coalesce(m.tags, '{}') AS tags) AS n
    WHERE d.id = due.id AND cardinality(n.tags) <= ${MAX_TAGS} RETURNING d.id)
SELECT (SELECT count(*) FROM due)::int AS matched, (SELECT count(*) FROM done)::int AS done,
  (SELECT id FROM due ORDER BY id DESC LIMIT 1) AS last`;
    const { rows } = await guarded(() =>
      this.#pool.query<{ matched: number; done: number; last: string | null }>(text, values),
    );
    const { matched = 0, done = 0, last = null } = rows[0] ?? {};
    return { matched, refused: matched - done, ...(last === null || matched < limit ? {} : { last }) };
  }

  async #number(text: string, values: readonly unknown[]): Promise<number> {
    const { rows } = await guarded(() => this.#pool.query<{ n: string }>(text, [...values]));
    return Number(rows[0]?.n);
  }

  async #plan(text: string, values: readonly unknown[]): Promise<{ readonly cost: number; readonly rows: number }> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number; 'Plan Rows': number } }] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        [...values],
      ),
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    return { cost: plan?.['Total Cost'] ?? 0, rows: plan?.['Plan Rows'] ?? 0 };
  }
}

function conditionOf({ filter, now }: DeviceSelection, bind: Bind): string {
  return filter === undefined ? 'true' : deviceFilterSql(filter, bind, now);
}
