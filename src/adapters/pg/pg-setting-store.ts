import type pg from 'pg';
import type { SettingStore } from '../../services/ports/setting-store.ts';
import { guarded } from './pg-fault.ts';

/** Settings in the table `setting`. Every method throws AppError `unavailable` when the database is away. */
export class PgSettingStore implements SettingStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async keepFirst(key: string, value: string): Promise<string> {
    await guarded(() =>
      this.#pool.query('INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [key, value]),
    );
    return (await this.get(key)) ?? value;
  }

  async get(key: string): Promise<string | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ value: string }>('SELECT value FROM setting WHERE key = $1', [key]),
    );
    return rows[0]?.value;
  }
}
