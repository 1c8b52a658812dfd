import type pg from 'pg';
import type { RefusalCount } from '../../domain/refusals.ts';
import type { User } from '../../domain/user.ts';
import type { BrowserSession, SignInStore } from '../../services/ports/sign-in-store.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { USER_COLUMNS, type UserRow, userOf } from './pg-user-store.ts';
import { storableText } from './storable-text.ts';

interface SessionRow extends UserRow {
  readonly started_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
}

type Counts = readonly (readonly RefusalCount[])[];

/** Sessions in the table `browser_session`, attempts in `sign_in_attempt`. */
export class PgSignInStore implements SignInStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async open({ hash, userId, createdAt, lastSeenAt, expiresAt }: BrowserSession): Promise<void> {
    await guarded(() =>
      this.#pool.query(
        `WITH seen AS (UPDATE app_user SET last_sign_in_at = $3 WHERE id = $2)
        INSERT INTO browser_session (hash, user_id, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [hash, userId, createdAt, lastSeenAt, expiresAt],
      ),
    );
  }

  async find(hash: Uint8Array): Promise<{ readonly session: BrowserSession; readonly user: User } | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<SessionRow>({
        name: 'browser-session-find',
        text: `SELECT ${USER_COLUMNS}, s.created_at AS started_at, s.last_seen_at, s.expires_at
          FROM browser_session s JOIN app_user u ON u.id = s.user_id WHERE s.hash = $1`,
        values: [hash],
      }),
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const { started_at, last_seen_at, expires_at } = row;
    return {
      session: { hash, userId: row.id, createdAt: started_at, lastSeenAt: last_seen_at, expiresAt: expires_at },
      user: userOf(row),
    };
  }

  async seen(hash: Uint8Array, at: Date): Promise<void> {
    await guarded(() => this.#pool.query('UPDATE browser_session SET last_seen_at = $2 WHERE hash = $1', [hash, at]));
  }

  async close(hash: Uint8Array): Promise<void> {
    await guarded(() => this.#pool.query('DELETE FROM browser_session WHERE hash = $1', [hash]));
  }

  async removeEnded(now: Date, idleSince: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `DELETE FROM browser_session WHERE hash IN (SELECT hash FROM browser_session
          WHERE expires_at <= $1 OR last_seen_at <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED)`,
        [now, idleSince, limit],
      ),
    );
    return rowCount ?? 0;
  }

  async count<T>(
    subjects: readonly string[],
    at: Date,
    change: (counts: Counts) => { readonly result: T; readonly counts?: Counts },
  ): Promise<T> {
    // In one order whoever comes, so that nobody waits for one who waits for him.
    const names = subjects.map(storableText);
    const ordered = names.toSorted();
    return inTransaction(this.#pool, async (client) => {
      await client.query(
        `INSERT INTO sign_in_attempt (subject, counts, last_at) SELECT s, '[]', $2 FROM unnest($1::text[]) s ON CONFLICT DO NOTHING`,
        [ordered, at],
      );
      const { rows } = await client.query<{ subject: string; counts: RefusalCount[] }>(
        'SELECT subject, counts FROM sign_in_attempt WHERE subject = ANY ($1) ORDER BY subject FOR UPDATE',
        [ordered],
      );
      const { result, counts } = change(
        names.map((name) => rows.find(({ subject }) => subject === name)?.counts ?? []),
      );
      if (counts !== undefined) {
        await client.query(
          `UPDATE sign_in_attempt a SET counts = n.counts, last_at = $3
          FROM unnest($1::text[], $2::json[]) AS n (subject, counts) WHERE a.subject = n.subject`,
          [names, counts.map((one) => JSON.stringify(one)), at],
        );
      }
      return result;
    });
  }

  async forget(before: Date, limit: number): Promise<number> {
    const { rowCount } = await guarded(() =>
      this.#pool.query(
        `DELETE FROM sign_in_attempt WHERE subject IN (SELECT subject FROM sign_in_attempt WHERE last_at < $1
          ORDER BY last_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, limit],
      ),
    );
    return rowCount ?? 0;
  }
}
