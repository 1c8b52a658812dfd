import type pg from 'pg';
import type { DeviceAlert } from '../../domain/device-alert.ts';
import type { AlertFilter, AlertStore } from '../../services/ports/alert-store.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { storableText } from './storable-text.ts';

/** Whoever gives alerts their places does it alone. The number has no meaning. */
const ADVISORY_LOCK = 2_026_112_201;
/** Places given at once. More than one page, so that a backlog is not what a reader waits for. */
const PLACES_AT_ONCE = 10_000;

interface AlertRow {
  /** bigint, which comes as text. */
  readonly place: string;
  readonly device_id: string;
  readonly session_id: string;
  readonly code: number;
  readonly type: string;
  readonly format: string;
  readonly mark: string | null;
  readonly correlator: string | null;
  readonly source: string | null;
  readonly target: string | null;
  readonly data: string | null;
  readonly at: Date;
}

/**
 * Alerts are written by the messages that bring them, many at once, and become visible in any order. So their place in the
 * order that readers follow is given when somebody reads, to what is committed by then and by one reader at a time: a
 * place is visible only after every smaller one.
 */
export class PgAlertStore implements AlertStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** @throws AppError `unavailable` when the database is away */
  async list({ deviceId, type, code }: AlertFilter, after: number, limit: number): Promise<readonly DeviceAlert[]> {
    await this.#givePlaces();
    const values: unknown[] = [after, limit];
    const conditions = ['a.place > $1'];
    if (deviceId !== undefined) {
      const position = values.push(storableText(deviceId));
      conditions.push(`a.device_id = (SELECT id FROM device WHERE device_id = $${position})`);
    }
    if (type !== undefined) conditions.push(`a.type = $${values.push(storableText(type))}`);
    if (code !== undefined) conditions.push(`a.code = $${values.push(code)}`);
    const { rows } = await guarded(() =>
      this.#pool.query<AlertRow>(
        `SELECT a.place, d.device_id, a.session_id, a.code, a.type, a.format, a.mark, a.correlator, a.source, a.target,
  a.data, a.at FROM device_alert a JOIN device d ON d.id = a.device_id
WHERE ${conditions.join(' AND ')} ORDER BY a.place LIMIT $2`,
        values,
      ),
    );
    return rows.map(alertOf);
  }

  async #givePlaces(): Promise<void> {
    const { rowCount } = await guarded(() =>
      this.#pool.query({ name: 'alert-unplaced', text: 'SELECT 1 FROM device_alert WHERE place IS NULL LIMIT 1' }),
    );
    if (rowCount === 0) return;
    await inTransaction(this.#pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
      // Numbers of the sequence `id` of one device are in the order of its messages, which come one after the other.
      await client.query({
        name: 'alert-place',
        text: `
WITH placed AS MATERIALIZED (SELECT id, nextval('device_alert_places') AS place
    FROM (SELECT id FROM device_alert WHERE place IS NULL ORDER BY id LIMIT $1) AS waiting)
UPDATE device_alert a SET place = placed.place FROM placed WHERE a.id = placed.id`,
        values: [PLACES_AT_ONCE],
      });
    });
  }
}

function alertOf(row: AlertRow): DeviceAlert {
  const { code, type, format, mark, correlator, source, target, data, at } = row;
  return {
    id: Number(row.place),
    deviceId: row.device_id,
    sessionId: row.session_id,
    code,
    type,
    format,
    ...(mark !== null && { mark }),
    ...(correlator !== null && { correlator }),
    ...(source !== null && { source }),
    ...(target !== null && { target }),
    ...(data !== null && { data }),
    at,
  };
}
