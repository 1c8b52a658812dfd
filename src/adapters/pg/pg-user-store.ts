import pg from 'pg';
import type { Role } from '../../domain/principal.ts';
import type { User } from '../../domain/user.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { UpdateOptions, UserChange, UserStore } from '../../services/ports/user-store.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { storableText } from './storable-text.ts';

export const USER_COLUMNS = 'u.id, u.name, u.role, u.enabled, u.version, u.created_at, u.updated_at, u.last_sign_in_at';
/** Whoever takes an admin away does it alone, and so does whoever makes the first. The number has no meaning. */
const ADVISORY_LOCK = 2_026_112_202;

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly enabled: boolean;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_sign_in_at: Date | null;
}

/** Users in the table `app_user`. */
export class PgUserStore implements UserStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async create(user: User, passwordHash: string): Promise<void> {
    await guarded(() => insert(this.#pool, user, passwordHash)).catch(refuseDuplicate);
  }

  async createFirst(user: User, passwordHash: string): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
      const { rowCount } = await client.query('SELECT 1 FROM app_user LIMIT 1');
      if (rowCount !== 0) return false;
      await insert(client, user, passwordHash);
      return true;
    });
  }

  async get(id: string): Promise<User | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<UserRow>(`SELECT ${USER_COLUMNS} FROM app_user u WHERE u.id = $1`, [id]),
    );
    return rows[0] === undefined ? undefined : userOf(rows[0]);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<User>> {
    const [after] = cursor === undefined ? [null] : decodeCursor(cursor, ['text']);
    const { rows } = await guarded(() =>
      this.#pool.query<UserRow>(
        `SELECT ${USER_COLUMNS} FROM app_user u WHERE $2::text IS NULL OR u.name > $2 ORDER BY u.name LIMIT $1`,
        [limit + 1, after],
      ),
    );
    return pageOfRows(rows, limit, ({ name }) => [name], userOf);
  }

  async byName(name: string): Promise<{ readonly user: User; readonly passwordHash: string } | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<UserRow & { password_hash: string }>(
        `SELECT ${USER_COLUMNS}, u.password_hash FROM app_user u WHERE u.name = $1`,
        [storableText(name)],
      ),
    );
    return rows[0] === undefined ? undefined : { user: userOf(rows[0]), passwordHash: rows[0].password_hash };
  }

  async passwordHashOf(id: string): Promise<string | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ password_hash: string }>('SELECT password_hash FROM app_user WHERE id = $1', [id]),
    );
    return rows[0]?.password_hash;
  }

  async update(id: string, change: UserChange, at: Date, options: UpdateOptions): Promise<User | undefined> {
    return inTransaction(this.#pool, async (client) => {
      const { role, enabled, passwordHash } = change;
      if (role !== undefined || enabled !== undefined) await lockAdmins(client);
      const known = await locked(client, id, options.version);
      if (known === undefined) return undefined;
      if ((role ?? known.role) !== 'admin' || !(enabled ?? known.enabled)) await refuseLastAdmin(client, id);
      const { rows } = await client.query<UserRow>(
        `UPDATE app_user u SET role = coalesce($2, role), enabled = coalesce($3, enabled),
          password_hash = coalesce($4, password_hash), version = version + 1, updated_at = $5
        WHERE id = $1 RETURNING ${USER_COLUMNS}`,
        [id, role ?? null, enabled ?? null, passwordHash ?? null, at],
      );
      if (passwordHash !== undefined || enabled === false) {
        await client.query('DELETE FROM browser_session WHERE user_id = $1 AND hash IS DISTINCT FROM $2', [
          id,
          options.keepSession ?? null,
        ]);
      }
      return rows[0] === undefined ? undefined : userOf(rows[0]);
    });
  }

  async delete(id: string, version?: number): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      await lockAdmins(client);
      if ((await locked(client, id, version)) === undefined) return false;
      await refuseLastAdmin(client, id);
      // Its sessions go with it.
      await client.query('DELETE FROM app_user WHERE id = $1', [id]);
      return true;
    });
  }
}

export function userOf(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    enabled: row.enabled,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.last_sign_in_at !== null && { lastSignInAt: row.last_sign_in_at }),
  };
}

async function insert(on: pg.Pool | pg.PoolClient, user: User, passwordHash: string): Promise<void> {
  const { id, name, role, enabled, version, createdAt, updatedAt } = user;
  await on.query(
    `INSERT INTO app_user (id, name, role, enabled, version, created_at, updated_at, password_hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, name, role, enabled, version, createdAt, updatedAt, passwordHash],
  );
}

async function lockAdmins(client: pg.PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
}

async function locked(client: pg.PoolClient, id: string, version?: number): Promise<UserRow | undefined> {
  const { rows } = await client.query<UserRow>(`SELECT ${USER_COLUMNS} FROM app_user u WHERE id = $1 FOR UPDATE`, [id]);
  if (rows[0] !== undefined && version !== undefined && rows[0].version !== version) {
    throw new AppError('version-stale', 'The user was changed by somebody else since you have read it.');
  }
  return rows[0];
}

/** Unless another admin is enabled. */
async function refuseLastAdmin(client: pg.PoolClient, id: string): Promise<void> {
  const { rows } = await client.query<{ is_admin: boolean; others: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM app_user WHERE id = $1 AND role = 'admin' AND enabled) AS is_admin,
      EXISTS (SELECT 1 FROM app_user WHERE id <> $1 AND role = 'admin' AND enabled) AS others`,
    [id],
  );
  if (rows[0]?.is_admin === true && !rows[0].others) {
    throw new AppError('last-admin', 'This is the only admin who is enabled.');
  }
}

function refuseDuplicate(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.constraint === 'app_user_name') {
    throw new AppError('user-exists', 'A user of that name is there already.', {}, error);
  }
  throw error;
}
