import type pg from 'pg';
import type { Role } from '../../domain/principal.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { ApiKeyRecord, ApiKeyStore } from '../../services/ports/api-key-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import { guarded } from './pg-fault.ts';

const COLUMNS = 'id, name, role, hint, hash, created_by, created_at, expires_at, revoked_at, last_used_at';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly hint: string;
  readonly hash: Buffer;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

/** API keys in the table `api_key`. */
export class PgApiKeyStore implements ApiKeyStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async create({ id, name, role, hint, hash, createdBy, createdAt, expiresAt }: ApiKeyRecord): Promise<void> {
    await guarded(() =>
      this.#pool.query(
        `INSERT INTO api_key (id, name, role, hint, hash, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, name, role, hint, hash, createdBy, createdAt, expiresAt ?? null],
      ),
    );
  }

  async get(id: string): Promise<ApiKeyRecord | undefined> {
    return this.#one(`SELECT ${COLUMNS} FROM api_key WHERE id = $1`, [id]);
  }

  async byHash(hash: Uint8Array): Promise<ApiKeyRecord | undefined> {
    return this.#one(`SELECT ${COLUMNS} FROM api_key WHERE hash = $1`, [hash]);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<ApiKeyRecord>> {
    const [before] = cursor === undefined ? [null] : decodeCursor(cursor, ['uuid']);
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(
        `SELECT ${COLUMNS} FROM api_key WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
        [limit + 1, before],
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], recordOf);
  }

  async revoke(id: string, at: Date): Promise<ApiKeyRecord | undefined> {
    return this.#one(`UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING ${COLUMNS}`, [
      id,
      at,
    ]);
  }

  async used(id: string, at: Date, unlessAfter: Date): Promise<void> {
    await guarded(() =>
      this.#pool.query(
        'UPDATE api_key SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)',
        [id, at, unlessAfter],
      ),
    );
  }

  async #one(text: string, values: unknown[]): Promise<ApiKeyRecord | undefined> {
    const { rows } = await guarded(() => this.#pool.query<Row>(text, values));
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }
}

function recordOf(row: Row): ApiKeyRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    hint: row.hint,
    hash: row.hash,
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  };
}
