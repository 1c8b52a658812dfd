import { AppError } from '../../services/app-error.ts';
import type { DeviceRow } from '../../services/device-row.ts';
import { type CursorKey, decodeCursor, encodeCursor, type KeyKind } from '../../services/page-cursor.ts';
import type { DeviceOrder } from '../../services/ports/fleet-store.ts';
import type { Bind } from './device-filter-sql.ts';

/** A row with what the order goes by. */
export interface OrderedDeviceRow extends DeviceRow {
  readonly orderKey: CursorKey;
}

interface OrderRow {
  /** The columns of the order, the last of them unique; each with what it is read as in a cursor. */
  readonly columns: readonly (readonly [column: string, type: 'uuid' | 'text' | 'timestamptz' | 'timestamp'])[];
  /** Devices without a value in this one come last. */
  readonly nullable?: string;
}

const ID = ['d.id', 'uuid'] as const;

/** Each has an index in this order. */
const ORDERS: Readonly<Record<DeviceOrder['field'], OrderRow>> = {
  createdAt: { columns: [['d.created_at', 'timestamptz'], ID] },
  deviceId: { columns: [['d.device_id', 'text']] },
  // The index has the minutes; within one the rows are sorted.
  lastSeenAt: {
    columns: [['d.last_seen_minute', 'timestamp'], ['d.last_seen_at', 'timestamptz'], ID],
    nullable: 'd.last_seen_minute',
  },
  man: { columns: [['d.info_man', 'text'], ID], nullable: 'd.info_man' },
  mod: { columns: [['d.info_mod', 'text'], ID], nullable: 'd.info_mod' },
  fwv: { columns: [['d.info_fwv', 'text'], ID], nullable: 'd.info_fwv' },
};
const NEWEST_FIRST: OrderRow = { columns: [ID] };

/** Where a part of a listing is read: behind a place, and up to another one and with it. Absent: from its start, to its end. */
export interface PageRange {
  readonly after?: CursorKey | undefined;
  readonly until?: CursorKey | undefined;
}

/** What of a statement depends on the order. */
export interface PagePart {
  readonly condition: string;
  readonly orderBy: string;
  /** An expression: the row's place in the order, as a JSON array. */
  readonly key: string;
}

/**
 * The devices that have a value in the field of the order, or, behind them, those that have none. Each part is read from its
 * index; asked for together, the whole table would be sorted.
 */
export interface OrderedPart {
  /** The cursor's place in it. */
  readonly after: CursorKey | undefined;
  /** Binds its values. */
  sql(bind: Bind, range: PageRange): PagePart;
}

const VALUED = 'v';
const BARE = 'n';
/** Before the name of the order: the listing is being searched, portion by portion. */
const SEARCH = 'search ';

export class DevicePageOrder {
  readonly #row: OrderRow;
  readonly #name: string;
  readonly #descending: boolean;

  /** @param order absent: the newest first */
  constructor(order: DeviceOrder | undefined) {
    this.#row = order === undefined ? NEWEST_FIRST : ORDERS[order.field];
    this.#name = order === undefined ? '' : `${order.field}:${order.direction}`;
    this.#descending = order === undefined || order.direction === 'desc';
  }

  /**
   * What is still to be read behind the cursor, in its order.
   * @throws AppError `cursor-invalid`
   */
  begin(cursor: string | undefined): { readonly parts: readonly OrderedPart[]; readonly isSearch: boolean } {
    const start = cursor === undefined ? undefined : this.#read(cursor);
    const parts: OrderedPart[] = [];
    if (start?.part !== BARE) {
      parts.push({ after: start?.key, sql: (bind, range) => this.#valued(range, bind) });
    }
    if (this.#row.nullable !== undefined) {
      const after = start?.part === BARE ? start.key : undefined;
      parts.push({ after, sql: (bind, range) => this.#bare(range, bind) });
    }
    return { parts, isSearch: start?.isSearch === true };
  }

  /** @param isSearch whether what comes behind it is to be searched */
  cursorOf(orderKey: CursorKey, isSearch = false): string {
    return encodeCursor([`${isSearch ? SEARCH : ''}${this.#name}`, ...orderKey]);
  }

  #valued({ after, until }: PageRange, bind: Bind): PagePart {
    const { columns, nullable } = this.#row;
    const names = columns.map(([column]) => column).join(', ');
    const bound = (key: CursorKey): string =>
      columns.map(([, type], place) => `${bind(key[place])}::${type}`).join(', ');
    const conditions = nullable === undefined ? [] : [`${nullable} IS NOT NULL`];
    if (after !== undefined) conditions.push(`(${names}) ${this.#behind} (${bound(after)})`);
    if (until !== undefined) conditions.push(`(${names}) ${this.#before}= (${bound(until)})`);
    return {
      condition: conditions.join(' AND ') || 'true',
      orderBy: columns.map(([column]) => `${column} ${this.#way}`).join(', '),
      key: `json_build_array('${VALUED}', ${columns.map(([column, type]) => asText(column, type)).join(', ')})`,
    };
  }

  #bare({ after, until }: PageRange, bind: Bind): PagePart {
    const { nullable = '' } = this.#row;
    const conditions = [`${nullable} IS NULL`];
    if (after !== undefined) conditions.push(`d.id ${this.#behind} ${bind(after[0])}::uuid`);
    if (until !== undefined) conditions.push(`d.id ${this.#before}= ${bind(until[0])}::uuid`);
    return {
      condition: conditions.join(' AND '),
      // The column is the same for all; named it tells the planner which index has the order.
      orderBy: `${nullable} ${this.#way}, d.id ${this.#way}`,
      key: `json_build_array('${BARE}', d.id)`,
    };
  }

  #read(cursor: string): { readonly part: string; readonly key: CursorKey; readonly isSearch: boolean } {
    const valued: readonly KeyKind[] = this.#row.columns.map(([, type]) => (type === 'uuid' ? 'uuid' : 'text'));
    const isBare = this.#row.nullable !== undefined && decodedLength(cursor) === 3;
    const [name, part, ...key] = decodeCursor(cursor, ['text', 'text', ...(isBare ? (['uuid'] as const) : valued)]);
    const places = this.#row.columns.every(([, type], place) => isBare || fits(type, key[place]));
    const isSearch = name === SEARCH + this.#name;
    if ((name !== this.#name && !isSearch) || part !== (isBare ? BARE : VALUED) || !places) {
      throw new AppError('cursor-invalid', 'The cursor is not one of this listing.');
    }
    return { part, key, isSearch };
  }

  get #way(): 'DESC' | 'ASC' {
    return this.#descending ? 'DESC' : 'ASC';
  }

  get #behind(): '<' | '>' {
    return this.#descending ? '<' : '>';
  }

  get #before(): '<' | '>' {
    return this.#descending ? '>' : '<';
  }
}

/** Instants of a cursor have to be such. */
function fits(type: string, value: string | number | undefined): boolean {
  if (!type.startsWith('timestamp')) return true;
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)?$/.test(value) &&
    isInstant(value)
  );
}

function isInstant(text: string): boolean {
  return Number.isFinite(Date.parse(text));
}

function asText(column: string, type: string): string {
  if (type === 'timestamptz') return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return type === 'timestamp' ? `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')` : column;
}

function decodedLength(cursor: string): number {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(key) ? key.length : 0;
  } catch {
    return 0;
  }
}
