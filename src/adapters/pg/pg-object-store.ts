import type pg from 'pg';
import type { ObjectStore, StoredObject } from '../../services/ports/object-store.ts';
import { guarded } from './pg-fault.ts';

/** About so many octets are read at a time; one piece at least. */
const BATCH_OCTETS = 262_144;
const MAX_BATCH = 256;

interface ObjectRow {
  readonly id: string;
  readonly device_id: string;
  readonly delivery_id: string | null;
  readonly loc_uri: string;
  readonly size: number;
  readonly format: string | null;
  readonly type: string | null;
  readonly completed_at: Date;
}

/** Large values of devices, one row a piece: nobody ever holds the whole of one. */
export class PgObjectStore implements ObjectStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async find(id: string): Promise<StoredObject | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<ObjectRow>({
        name: 'object-find',
        text: `SELECT o.id, d.device_id, o.delivery_id, o.loc_uri, o.size, o.format, o.type, o.completed_at
          FROM device_object o JOIN device d ON d.id = o.device_id WHERE o.id = $1 AND o.completed_at IS NOT NULL`,
        values: [id],
      }),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      id: row.id,
      deviceId: row.device_id,
      ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
      locUri: row.loc_uri,
      size: row.size,
      ...(row.format === null ? {} : { format: row.format }),
      ...(row.type === null ? {} : { type: row.type }),
      completedAt: row.completed_at,
    };
  }

  async *read(id: string): AsyncGenerator<Uint8Array> {
    let next = 0;
    let batch = 1;
    while (true) {
      const { rows } = await guarded(() =>
        this.#pool.query<{ octets: Buffer }>({
          name: 'object-read',
          text: 'SELECT octets FROM object_piece WHERE object_id = $1 AND place >= $2 ORDER BY place LIMIT $3',
          values: [id, next, batch],
        }),
      );
      for (const { octets } of rows) yield octets;
      if (rows.length < batch) return;
      next += rows.length;
      const largest = Math.max(1, ...rows.map(({ octets }) => octets.length));
      batch = Math.min(MAX_BATCH, Math.max(1, Math.floor(BATCH_OCTETS / largest)));
    }
  }

  async removeAbandoned(limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query({
        name: 'object-remove-abandoned',
        text: `
DELETE FROM device_object o USING (
  SELECT o.id FROM device_object o LEFT JOIN dm_session s ON s.id = o.session_id
  WHERE o.completed_at IS NULL AND (s.id IS NULL OR s.closed_at IS NOT NULL) LIMIT $1) gone
WHERE o.id = gone.id`,
        values: [limit],
      }),
    );
    return rowCount ?? 0;
  }
}
