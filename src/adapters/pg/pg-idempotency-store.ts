import type pg from 'pg';
import type {
  IdempotencyStart,
  IdempotencyStore,
  IdempotentRequest,
  StoredResponse,
} from '../../services/ports/idempotency-store.ts';
import { guarded } from './pg-fault.ts';

interface Row {
  readonly fingerprint: string;
  readonly claim_id: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
}

/** Remembered responses in the table `idempotency_key`. Throws AppError `unavailable` when the database is away. */
export class PgIdempotencyStore implements IdempotencyStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async begin(request: IdempotentRequest, now: Date, leaseUntil: Date): Promise<IdempotencyStart> {
    const { scope, key, fingerprint, claimId } = request;
    for (;;) {
      // Takes the key when it is free or has run out: the row is then ours, and says so with our claim.
      const taken = await guarded(() =>
        this.#pool.query(
          `INSERT INTO idempotency_key AS k (scope, key, fingerprint, claim_id, until) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, claim_id = excluded.claim_id,
            until = excluded.until, status = NULL, headers = NULL, body = NULL
          WHERE k.until <= $6`,
          [scope, key, fingerprint, claimId, leaseUntil, now],
        ),
      );
      if (taken.rowCount === 1) return { kind: 'fresh' };
      const { rows } = await guarded(() =>
        this.#pool.query<Row>(
          'SELECT fingerprint, claim_id, status, headers, body FROM idempotency_key WHERE scope = $1 AND key = $2',
          [scope, key],
        ),
      );
      const [row] = rows;
      // Given up in this very moment: it is free now.
      if (row === undefined) continue;
      if (row.fingerprint !== fingerprint) return { kind: 'mismatch' };
      if (row.status === null) return { kind: 'in-progress' };
      return {
        kind: 'finished',
        response: { status: row.status, headers: row.headers ?? {}, body: row.body ?? '' },
      };
    }
  }

  async finish(request: IdempotentRequest, response: StoredResponse, keepUntil: Date): Promise<void> {
    const { scope, key, claimId } = request;
    await guarded(() =>
      this.#pool.query(
        `UPDATE idempotency_key SET status = $4, headers = $5, body = $6, until = $7
        WHERE scope = $1 AND key = $2 AND claim_id = $3 AND status IS NULL`,
        [scope, key, claimId, response.status, JSON.stringify(response.headers), response.body, keepUntil],
      ),
    );
  }

  async abandon(request: IdempotentRequest): Promise<void> {
    const { scope, key, claimId } = request;
    await guarded(() =>
      this.#pool.query(
        'DELETE FROM idempotency_key WHERE scope = $1 AND key = $2 AND claim_id = $3 AND status IS NULL',
        [scope, key, claimId],
      ),
    );
  }

  async expire(now: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `DELETE FROM idempotency_key WHERE (scope, key) IN
          (SELECT scope, key FROM idempotency_key WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [now, limit],
      ),
    );
    return rowCount ?? 0;
  }
}
