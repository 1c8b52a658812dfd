import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { migrate } from '../../src/adapters/prisma/migrate.ts';
import { ScryptPasswordHasher } from '../../src/adapters/secrets/scrypt-password-hasher.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL, without a database at its end. */
    postgresServer: string;
  }
}

const TEMPLATE = 'omadm';

/** Once for the whole run: one server, and one migrated database that the others are copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startEmbeddedPostgres({ durability: 'off' });
  try {
    await migrate(postgres.url);
    await makeAdmin(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  project.provide('postgresServer', postgres.url.slice(0, postgres.url.lastIndexOf('/')));
  return () => postgres.stop();
}

/** The admin of every test database. */
export const TEST_ADMIN = { name: 'admin', password: 'admin of the tests' } as const;

/** Made once for all, so that no server has to hash a password when it starts. */
async function makeAdmin(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO app_user (id, name, role, enabled, version, password_hash, created_at, updated_at)
      VALUES ('01980000-0000-7000-8000-000000000001', $1, 'admin', true, 1, $2, now(), now())`,
      [TEST_ADMIN.name, await new ScryptPasswordHasher().hash(TEST_ADMIN.password)],
    );
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Removes it; connections that are still open are ended. */
  drop(): Promise<void>;
}

/** A database of one's own, migrated and empty but for {@link TEST_ADMIN}. Take one for each file (or each test that needs it), drop it at the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgresServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  return {
    url: `${server}/${name}`,
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** An empty database, for the tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const server = inject('postgresServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  return {
    url: `${server}/${name}`,
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    // Copying needs the template undisturbed, so copies are made one after the other.
    await client.query('SELECT pg_advisory_lock(1)');
    await client.query(statement);
  } finally {
    await client.end();
  }
}
