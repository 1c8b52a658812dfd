import type pg from 'pg';
import type { EventFilter, EventPosition, EventRecord } from '../../domain/event.ts';
import type { EventLog, EventPage } from '../../services/ports/event-log.ts';
import { type Listening, listen } from './listen.ts';
import { guarded } from './pg-fault.ts';

/** So many events are looked through for those that are wanted, in one statement. */
const LOOK_AT = 5_000;
const CHANNEL = 'omadm_event';

interface PageRow {
  /** bigint, which comes as text. */
  readonly horizon: string;
  readonly looked: number;
  readonly last_tx: string | null;
  readonly last_id: string | null;
  /** Null: nothing was found. */
  readonly tx: string | null;
  readonly id: string;
  readonly kind: string;
  readonly campaign_id: string | null;
  readonly wave: number | null;
  readonly device: string | null;
  readonly data: Record<string, unknown>;
  readonly at: Date;
}

/**
 * Rows of `event` are numbered when they are written and become visible when their transaction ends, in any order. So
 * they are read up to the oldest transaction that is still under way, and in the order of the transactions: a row of one
 * that ended before it cannot appear behind a reader's back. A transaction that stays open holds the readers up; it
 * loses them nothing.
 */
export class PgEventLog implements EventLog {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async end(): Promise<EventPosition> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ horizon: string }>({
        name: 'event-end',
        text: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
      }),
    );
    return { tx: BigInt(rows[0]?.horizon ?? 0), id: 0n };
  }

  async read({ kinds, campaignId }: EventFilter, after: EventPosition, limit: number): Promise<EventPage> {
    const { rows } = await guarded(() =>
      this.#pool.query<PageRow>({
        name: campaignId === undefined ? 'event-read' : 'event-read-campaign',
        text: `
WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS tx),
  looked AS MATERIALIZED (SELECT e.tx, e.id, e.kind FROM event e
    WHERE (e.tx, e.id) > (least($1::bigint, (SELECT tx FROM horizon)),
        CASE WHEN $1::bigint > (SELECT tx FROM horizon) THEN 0 ELSE $2::bigint END) AND e.tx < (SELECT tx FROM horizon)
      ${campaignId === undefined ? '' : 'AND e.campaign_id = $5'}
    ORDER BY e.tx, e.id LIMIT ${LOOK_AT}),
  wanted AS MATERIALIZED (SELECT tx, id FROM looked WHERE $3::text[] IS NULL OR kind LIKE ANY ($3)
    ORDER BY tx, id LIMIT $4)
SELECT horizon.tx AS horizon, (SELECT count(*)::int FROM looked) AS looked,
  last.tx AS last_tx, last.id AS last_id, found.*
FROM horizon
LEFT JOIN LATERAL (SELECT tx, id FROM looked ORDER BY tx DESC, id DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (SELECT e.tx, e.id, e.kind, e.campaign_id, e.wave, e.data, e.at,
    coalesce(d.device_id, e.data->>'deviceId') AS device
  FROM wanted JOIN event e ON e.tx = wanted.tx AND e.id = wanted.id LEFT JOIN device d ON d.id = e.device_id
  ORDER BY e.tx, e.id) AS found ON true`,
        values: [
          after.tx.toString(),
          after.id.toString(),
          kinds?.map((kind) => kind.replaceAll('*', '%')) ?? null,
          limit,
          ...(campaignId === undefined ? [] : [campaignId]),
        ],
      }),
    );
    const [first] = rows;
    if (first === undefined) throw new Error('the horizon is always there');
    const events = rows.flatMap((row) => (row.tx === null ? [] : [eventOf({ ...row, tx: row.tx })]));
    const lastFound = events.at(-1);
    if (lastFound !== undefined && events.length >= limit) return { events, next: lastFound.position, complete: false };
    if (first.looked >= LOOK_AT && first.last_tx !== null && first.last_id !== null) {
      return { events, next: { tx: BigInt(first.last_tx), id: BigInt(first.last_id) }, complete: false };
    }
    return { events, next: { tx: BigInt(first.horizon), id: 0n }, complete: true };
  }

  /**
   * Puts events to the beginning of the log that another server's transactions have written: of data that was moved here,
   * numbers may lie ahead of what this server has come to.
   * @returns how many, `limit` at most
   */
  async adopt(limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `UPDATE event SET tx = 0 WHERE (tx, id) IN (SELECT tx, id FROM event
          WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint ORDER BY tx, id LIMIT $1)`,
        [limit],
      ),
    );
    return rowCount ?? 0;
  }

  /** Calls back when a campaign or a wave has moved; what single devices do is too much to be told so. */
  onWritten(wake: () => void): Listening {
    return listen(this.#pool.options, CHANNEL, wake);
  }
}

function eventOf(row: PageRow & { readonly tx: string }): EventRecord {
  return {
    position: { tx: BigInt(row.tx), id: BigInt(row.id) },
    kind: row.kind,
    ...(row.campaign_id === null ? {} : { campaignId: row.campaign_id }),
    ...(row.wave === null ? {} : { wave: row.wave }),
    ...(row.device === null ? {} : { deviceId: row.device }),
    data: row.data,
    at: row.at,
  };
}
