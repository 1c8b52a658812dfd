import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { guarded } from './prisma-fault.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** As Prisma computes it: SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** The same from the sources and from `dist`: both lie two folders deep. */
export const MIGRATIONS = new URL('../../../prisma/migrations/', import.meta.url);

/** The number Prisma locks with too, so `prisma migrate deploy` and a starting server wait for each other. */
const ADVISORY_LOCK = 72_707_369;

/** What Prisma's own engine creates. */
const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Brings a database up to date: applies the folders of `prisma/migrations` it has not had yet, each in a transaction of
 * its own. Several processes may do so at once. The bookkeeping is Prisma's, so `prisma migrate deploy` can take over
 * at any time.
 *
 * @returns the names of the migrations applied now
 * @throws AppError `unavailable` when the database is away; Error when it and the folder have gone different ways, or a
 *   migration fails
 */
export function migrate(databaseUrl: string): Promise<readonly string[]> {
  return guarded(() => migrateOnce(databaseUrl));
}

async function migrateOnce(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'omadm-migrate' });
  // A connection that breaks also rejects the statement under way; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    return await applyPending(client, readMigrations());
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
}

/** In the order they are applied in: by name, which starts with the time. */
export function readMigrations(folder: URL = MIGRATIONS): readonly Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const bytes = readFileSync(fileURLToPath(new URL(`${name}/migration.sql`, folder)));
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    });
}

async function applyPending(client: pg.Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query(CREATE_TABLE);
  const applied = await appliedMigrations(client, migrations);
  const names: string[] = [];
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    await apply(client, migration);
    names.push(migration.name);
  }
  return names;
}

async function appliedMigrations(client: pg.Client, migrations: readonly Migration[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  for (const row of rows) {
    const known = migrations.find(({ name }) => name === row.migration_name);
    if (known === undefined) {
      throw new Error(
        `The database has the migration ${row.migration_name}, which this version does not know: it is too old`,
      );
    }
    if (row.finished_at === null) {
      throw new Error(`The migration ${row.migration_name} failed half way: repair it with "prisma migrate resolve"`);
    }
    if (known.checksum !== row.checksum) {
      throw new Error(`The migration ${row.migration_name} was changed after it had been applied to this database`);
    }
  }
  return new Set(rows.map((row) => row.migration_name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`The migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
