import type pg from 'pg';
import type { LinkRates } from '../../services/ports/link-rates.ts';
import { guarded } from './pg-fault.ts';

/**
 * The time of each link as one line, in the table `sms_link_rate`: a reservation takes the next free stretch of it. The
 * database's clock counts, so the clocks of the processes need not agree.
 */
export class PgLinkRates implements LinkRates {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async reserve(linkId: string, submits: number, perSecond: number): Promise<number> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ wait_ms: number }>({
        name: 'link-rate-reserve',
        text: `
INSERT INTO sms_link_rate AS r (link_id, free_at) VALUES ($1, clock_timestamp() + $2::float8 * interval '1 second')
ON CONFLICT (link_id) DO UPDATE
  SET free_at = greatest(r.free_at, clock_timestamp()) + $2::float8 * interval '1 second'
RETURNING (1000 * (extract(epoch FROM free_at - clock_timestamp())::float8 - $2::float8)) AS wait_ms`,
        values: [linkId, submits / perSecond],
      }),
    );
    return Math.max(rows[0]?.wait_ms ?? 0, 0);
  }
}
