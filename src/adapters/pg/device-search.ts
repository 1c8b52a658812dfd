import type pg from 'pg';
import { type DeviceRow, deviceOfRow } from '../../services/device-row.ts';
import type { CursorKey } from '../../services/page-cursor.ts';
import type { DeviceOrder, DevicePage, DeviceSelection } from '../../services/ports/fleet-store.ts';
import type { PageRequest } from '../../services/ports/page.ts';
import { type Bind, deviceFilterSql } from './device-filter-sql.ts';
import { DevicePageOrder, type OrderedDeviceRow, type OrderedPart } from './device-page.ts';
import { guarded, withinTime } from './pg-fault.ts';

/** How long a page may take. */
export interface SearchLimits {
  /** For one statement that leaves it to the planner how the page is found, ms; 0: it is searched right away. */
  readonly patienceMs: number;
  /** Once it is being searched: no further portion is begun after so long, ms. */
  readonly searchMs: number;
  /** Devices looked through in one statement. */
  readonly portion: number;
}

export const SEARCH_LIMITS: SearchLimits = { patienceMs: 60, searchMs: 50, portion: 5_000 };

/** As {@link DeviceRow}. */
export const DEVICE_COLUMNS = `d.id, d.device_id AS "deviceId", d.msisdn, d.imsi, d.auth, d.server_auth AS "serverAuth",
  d.client_scope AS "clientScope", d.client_username AS "clientUsername", d.has_account AS "hasAccount",
  d.bootstrap_state AS "bootstrapState", d.bootstrap_at AS "bootstrapAt", d.bootstrap_push_id AS "bootstrapPushId",
  d.info_dev_id AS "infoDevId", d.info_man AS "infoMan", d.info_mod AS "infoMod", d.info_dmv AS "infoDmV",
  d.info_lang AS "infoLang", d.info_fwv AS "infoFwV", d.tags, d.attributes, d.time_zone AS "timeZone",
  d.created_at AS "createdAt", d.updated_at AS "updatedAt", d.last_seen_at AS "lastSeenAt"`;

export function selectionSql({ filter, now }: DeviceSelection, bind: Bind): string {
  return filter === undefined ? 'true' : deviceFilterSql(filter, bind, now);
}

type Queryable = Pick<pg.Pool, 'query'>;

/**
 * A page of the devices that a filter selects. First the planner is left to find it: most filters have an index, or so many
 * matches that the order's index soon has a page of them. Which ones it cannot know (it guesses how many match a pattern), so
 * it gets little time; after that the devices are looked through in the order of the listing, a portion at a time, for as
 * long as a reader should wait. The page then has what was found, and a cursor to search on from.
 */
export async function searchPage(
  pool: pg.Pool,
  selection: DeviceSelection,
  by: DeviceOrder | undefined,
  page: PageRequest,
  limits: SearchLimits,
): Promise<DevicePage> {
  const order = new DevicePageOrder(by);
  const { parts, isSearch } = order.begin(page.cursor);
  if (selection.filter === undefined)
    return pageOf(order, await guarded(() => readAll(pool, selection, parts, page)), page);
  const rows =
    isSearch || limits.patienceMs === 0
      ? undefined
      : await withinTime(pool, limits.patienceMs, (client) => readAll(client, selection, parts, page));
  if (rows !== undefined) return pageOf(order, rows, page);
  // Who searches on has not spent the time on the planner's way.
  const searchMs = limits.searchMs + (isSearch ? limits.patienceMs : 0);
  return guarded(() => search(pool, selection, order, parts, page, { ...limits, searchMs }));
}

function pageOf(
  order: DevicePageOrder,
  rows: readonly OrderedDeviceRow[],
  { limit }: PageRequest,
  isSearch = false,
): DevicePage {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(deviceOfRow),
    ...(last === undefined ? {} : { nextCursor: order.cursorOf(last.orderKey, isSearch) }),
  };
}

/** One row more than the page has room for tells that there is another page. */
async function readAll(
  on: Queryable,
  selection: DeviceSelection,
  parts: readonly OrderedPart[],
  { limit }: PageRequest,
): Promise<readonly OrderedDeviceRow[]> {
  const rows: OrderedDeviceRow[] = [];
  for (const part of parts) {
    rows.push(...(await readRows(on, selection, part, undefined, part.after, limit + 1 - rows.length)));
    if (rows.length > limit) break;
  }
  return rows;
}

async function search(
  on: Queryable,
  selection: DeviceSelection,
  order: DevicePageOrder,
  parts: readonly OrderedPart[],
  page: PageRequest,
  { portion, searchMs }: SearchLimits,
): Promise<DevicePage> {
  const until = performance.now() + searchMs;
  const rows: OrderedDeviceRow[] = [];
  let searched = 0;
  for (const part of parts) {
    for (let { after } = part; ; ) {
      const end = await readEnd(on, part, after, portion);
      rows.push(...(await readRows(on, selection, part, end?.slice(1), after, page.limit + 1 - rows.length)));
      if (rows.length > page.limit) return pageOf(order, rows, page, true);
      if (end === undefined) break;
      searched += portion;
      if (performance.now() >= until) {
        return { items: rows.map(deviceOfRow), nextCursor: order.cursorOf(end, true), searched };
      }
      after = end.slice(1);
    }
  }
  return pageOf(order, rows, page);
}

/** The place of the last device of the next portion; undefined when it would go beyond the part's end. */
async function readEnd(
  on: Queryable,
  part: OrderedPart,
  after: CursorKey | undefined,
  portion: number,
): Promise<CursorKey | undefined> {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const { condition, orderBy, key } = part.sql(bind, { after });
  const { rows } = await on.query<{ key: CursorKey }>(
    `SELECT ${key} AS key FROM device d WHERE ${condition} ORDER BY ${orderBy} OFFSET ${bind(portion - 1)} LIMIT 1`,
    values,
  );
  return rows[0]?.key;
}

async function readRows(
  on: Queryable,
  selection: DeviceSelection,
  part: OrderedPart,
  until: CursorKey | undefined,
  after: CursorKey | undefined,
  limit: number,
): Promise<readonly OrderedDeviceRow[]> {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const { condition, orderBy, key } = part.sql(bind, { after, until });
  const { rows } = await on.query<DeviceRow & { readonly orderKey: CursorKey }>(
    `SELECT ${DEVICE_COLUMNS}, ${key} AS "orderKey" FROM device d
WHERE ${condition} AND ${selectionSql(selection, bind)} ORDER BY ${orderBy} LIMIT ${bind(limit)}`,
    values,
  );
  return rows;
}
