import type pg from 'pg';
import type { LinkStatus } from '../../services/ports/link-monitor.ts';
import type { LinkReports, ProcessReport } from '../../services/ports/link-reports.ts';
import { guarded } from './pg-fault.ts';

interface Row {
  readonly process_id: string;
  readonly links: Record<string, LinkStatus>;
  readonly seen_at: Date;
}

/** Reports in the table `sms_link_report`, a row for each process. */
export class PgLinkReports implements LinkReports {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async tell({ processId, links, seenAt }: ProcessReport): Promise<void> {
    await guarded(() =>
      this.#pool.query({
        name: 'link-report',
        text: `INSERT INTO sms_link_report (process_id, links, seen_at) VALUES ($1, $2, $3)
          ON CONFLICT (process_id) DO UPDATE SET links = excluded.links, seen_at = excluded.seen_at`,
        values: [processId, JSON.stringify(links), seenAt],
      }),
    );
  }

  async since(earliest: Date): Promise<readonly ProcessReport[]> {
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(
        'SELECT process_id, links, seen_at FROM sms_link_report WHERE seen_at >= $1 ORDER BY process_id',
        [earliest],
      ),
    );
    return rows.map(({ process_id, links, seen_at }) => ({ processId: process_id, links, seenAt: seen_at }));
  }

  async forget(processId: string): Promise<void> {
    await guarded(() => this.#pool.query('DELETE FROM sms_link_report WHERE process_id = $1', [processId]));
  }

  async removeBefore(earliest: Date): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query('DELETE FROM sms_link_report WHERE seen_at < $1', [earliest]),
    );
    return rowCount ?? 0;
  }
}
