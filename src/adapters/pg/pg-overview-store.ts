import type pg from 'pg';
import type { DeliveryState } from '../../domain/delivery.ts';
import type { OverviewCounts, OverviewStore } from '../../services/ports/overview-store.ts';
import { guarded } from './pg-fault.ts';
import { firstIdOf } from './time-ordered-id.ts';

/** Counts along the primary keys, whose ids sort by time: no index is there for it alone. */
export class PgOverviewStore implements OverviewStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async counts(sessionsSince: Date, deliveriesSince: Date, limit: number): Promise<OverviewCounts> {
    const [open, minutes, states] = await guarded(() =>
      Promise.all([
        this.#pool.query<{ count: string }>({
          name: 'overview-open',
          text: 'SELECT count(*) FROM dm_session WHERE closed_at IS NULL',
        }),
        this.#pool.query<{ minute: Date; count: string }>({
          name: 'overview-minutes',
          text: `SELECT date_trunc('minute', opened_at) AS minute, count(*) FROM dm_session WHERE id >= $1 GROUP BY 1`,
          values: [firstIdOf(sessionsSince)],
        }),
        this.#pool.query<{ state: DeliveryState; count: string }>({
          name: 'overview-deliveries',
          text: `SELECT state, count(*) FROM (SELECT state FROM delivery WHERE id >= $1 ORDER BY id DESC LIMIT $2) AS newest
            GROUP BY state`,
          values: [firstIdOf(deliveriesSince), limit],
        }),
      ]),
    );
    const deliveries = Object.fromEntries(states.rows.map(({ state, count }) => [state, Number(count)]));
    return {
      openSessions: Number(open.rows[0]?.count ?? 0),
      sessionsByMinute: new Map(minutes.rows.map(({ minute, count }) => [minute.getTime(), Number(count)])),
      deliveries,
      isCapped: states.rows.reduce((sum, { count }) => sum + Number(count), 0) >= limit,
    };
  }
}
