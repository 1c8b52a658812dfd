import type pg from 'pg';
import type { Device } from '../../domain/device.ts';
import { MAX_TAGS } from '../../domain/device-labels.ts';
import { type DeviceRow, deviceOfRow } from '../../services/device-row.ts';
import type {
  DeviceCount,
  DeviceOrder,
  DevicePage,
  DeviceSelection,
  FleetStore,
  TagChange,
  TaggedBatch,
} from '../../services/ports/fleet-store.ts';
import type { PageRequest } from '../../services/ports/page.ts';
import { fleetSize, planOf, SMALL_FLEET, sampleSql } from './device-estimate.ts';
import type { Bind } from './device-filter-sql.ts';
import { DEVICE_COLUMNS, SEARCH_LIMITS, type SearchLimits, searchPage, selectionSql } from './device-search.ts';
import { guarded, withinTime } from './pg-fault.ts';

/** Counted exactly up to here. */
const COUNTED = 10_000;
/** In the planner's units; beyond it a count takes longer than a reader of pages should wait. */
const AFFORDABLE_COST = 30_000;

/** The table `device` as a whole. Throws AppError `unavailable` when the database is away. */
export class PgFleetStore implements FleetStore {
  readonly #pool: pg.Pool;
  readonly #limits: SearchLimits;

  constructor(pool: pg.Pool, limits: SearchLimits = SEARCH_LIMITS) {
    this.#pool = pool;
    this.#limits = limits;
  }

  async list(selection: DeviceSelection, by: DeviceOrder | undefined, page: PageRequest): Promise<DevicePage> {
    return searchPage(this.#pool, selection, by, page, this.#limits);
  }

  async count(selection: DeviceSelection, exact: boolean): Promise<DeviceCount> {
    const values: unknown[] = [];
    const where = `FROM device d WHERE ${selectionSql(selection, (value) => `$${values.push(value)}`)}`;
    if (exact) {
      return { count: await guarded(() => number(this.#pool, `SELECT count(*) AS n ${where}`, values)), kind: 'exact' };
    }
    const some = `SELECT count(*) AS n FROM (SELECT ${where} LIMIT ${COUNTED + 1}) AS c`;
    const all = await fleetSize(this.#pool);
    const isSmall = all <= SMALL_FLEET;
    const { cost } = await planOf(this.#pool, some, values);
    const count = (on: Pick<pg.Pool, 'query'>): Promise<number> => number(on, some, values);
    const counted = isSmall
      ? await guarded(() => count(this.#pool))
      : cost > AFFORDABLE_COST
        ? undefined
        : await withinTime(this.#pool, this.#limits.patienceMs, count);
    if (counted !== undefined && counted <= COUNTED) return { count: counted, kind: 'exact' };
    return { count: Math.max(await this.#estimate(selection, all), counted ?? 0), kind: 'estimate' };
  }

  /** Of a sample, so that it is not far off where the planner can only guess: patterns, and conditions that go together. */
  async #estimate(selection: DeviceSelection, all: number): Promise<number> {
    if (selection.filter === undefined || all === 0) return all;
    const values: unknown[] = [];
    const condition = selectionSql(selection, (value) => `$${values.push(value)}`);
    const text = `SELECT count(*) FILTER (WHERE ${condition}) / greatest(count(*), 1)::float8 AS n
FROM ${sampleSql(all)}`;
    const share = await withinTime(this.#pool, this.#limits.patienceMs, (client) => number(client, text, values));
    if (share !== undefined) return Math.round(share * all);
    return (await planOf(this.#pool, `SELECT FROM device d WHERE ${condition}`, values)).rows;
  }

  async *batches(selection: DeviceSelection, limit: number): AsyncGenerator<readonly Device[]> {
    // A page at a time: no transaction is held open for as long as somebody takes to read.
    for (let after: string | undefined; ; ) {
      const values: unknown[] = [];
      const bind: Bind = (value) => `$${values.push(value)}`;
      const behind = after === undefined ? 'true' : `d.id > ${bind(after)}::uuid`;
      const text = `SELECT ${DEVICE_COLUMNS} FROM device d
WHERE ${behind} AND ${selectionSql(selection, bind)} ORDER BY d.id LIMIT ${bind(limit)}`;
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
    WHERE ${behind} AND (NOT d.tags @> ${added} OR d.tags && ${removed}) AND ${selectionSql(selection, bind)}
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
}

async function number(on: Pick<pg.Pool, 'query'>, text: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await on.query<{ n: string | number }>(text, [...values]);
  return Number(rows[0]?.n);
}
