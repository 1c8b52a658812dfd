import pg from 'pg';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { DeviceFilterStore, FilterChange, SavedFilter } from '../../services/ports/device-filter-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { guarded } from './pg-fault.ts';

const COLUMNS = 'id, name, filter, version, created_at AS "createdAt", updated_at AS "updatedAt"';

/** Filters in the table `device_filter`. Throws AppError `unavailable` when the database is away. */
export class PgDeviceFilterStore implements DeviceFilterStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async create({ id, name, filter, createdAt }: Omit<SavedFilter, 'version' | 'updatedAt'>): Promise<SavedFilter> {
    const [made] = await this.#rows(
      `INSERT INTO device_filter (id, name, filter, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) RETURNING ${COLUMNS}`,
      [id, name, filter, createdAt],
    );
    if (made === undefined) throw new Error('an insert gave no row back');
    return made;
  }

  async get(id: string): Promise<SavedFilter | undefined> {
    const [row] = await this.#rows(`SELECT ${COLUMNS} FROM device_filter WHERE id = $1`, [id]);
    return row;
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<SavedFilter>> {
    const [after] = cursor === undefined ? [null] : decodeCursor(cursor, ['text']);
    const rows = await this.#rows(
      `SELECT ${COLUMNS} FROM device_filter WHERE $2::text IS NULL OR name > $2 ORDER BY name LIMIT $1`,
      [limit + 1, after],
    );
    return pageOfRows(
      rows,
      limit,
      ({ name }) => [name],
      (row) => row,
    );
  }

  async update(
    id: string,
    { name, filter }: FilterChange,
    version: number | undefined,
    now: Date,
  ): Promise<SavedFilter> {
    const [row] = await this.#rows(
      `UPDATE device_filter SET name = coalesce($2, name), filter = coalesce($3, filter), version = version + 1,
        updated_at = $4 WHERE id = $1 AND ($5::int IS NULL OR version = $5) RETURNING ${COLUMNS}`,
      [id, name ?? null, filter ?? null, now, version ?? null],
    );
    return row ?? (await this.#refuse(id, version));
  }

  async delete(id: string, version: number | undefined): Promise<void> {
    const rows = await this.#rows(
      `DELETE FROM device_filter WHERE id = $1 AND ($2::int IS NULL OR version = $2) RETURNING ${COLUMNS}`,
      [id, version ?? null],
    );
    if (rows.length === 0) await this.#refuse(id, version);
  }

  async #rows(text: string, values: readonly unknown[]): Promise<SavedFilter[]> {
    try {
      const { rows } = await guarded(() => this.#pool.query<SavedFilter>(text, [...values]));
      return rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.constraint === 'device_filter_name')) throw error;
      throw new AppError('filter-exists', 'A filter of that name is there already.', {}, error);
    }
  }

  /** Nothing was changed: it is not there, or not as it was. */
  async #refuse(id: string, version: number | undefined): Promise<never> {
    const found = await this.get(id);
    if (found === undefined) throw new AppError('filter-unknown', 'There is no filter of that id.');
    throw new AppError('version-stale', `It has been changed since: it is version ${found.version}, not ${version}.`, {
      version: found.version,
    });
  }
}
