import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { diagnose, diffMigrationsToSchema, withSchemaEngine } from '../../../scripts/prisma-schema-engine.ts';
import { migrate, readMigrations } from '../../../src/adapters/prisma/migrate.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function empty(): Promise<string> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database.url;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const names = readMigrations().map(({ name }) => name);

it('applies every migration once, in order', async () => {
  const url = await empty();
  expect(await migrate(url)).toEqual(names);
  expect(await migrate(url)).toEqual([]);
  const rows = await query(url, 'SELECT migration_name FROM _prisma_migrations ORDER BY started_at');
  expect(rows.map((row) => row['migration_name'])).toEqual(names);
});

it('lets one of several processes that start at once do the work', async () => {
  const url = await empty();
  const results = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  expect(results.map((applied) => applied.length).sort()).toEqual([0, 0, 0, names.length]);
});

it("leaves a history in which Prisma's own engine finds nothing to complain about", async () => {
  const url = await empty();
  await migrate(url);
  expect(await withSchemaEngine(url, diagnose)).toMatchObject({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  });
});

it('has migrations that lead exactly to the schema', async () => {
  const database = await createTestDatabase();
  databases.push(database);
  expect(await withSchemaEngine(database.url, diffMigrationsToSchema)).toBeUndefined();
});

it('refuses a migration that was changed after it had been applied', async () => {
  const url = await empty();
  await migrate(url);
  await query(url, "UPDATE _prisma_migrations SET checksum = repeat('0', 64)");
  await expect(migrate(url)).rejects.toThrow(`The migration ${names[0]} was changed after it had been applied`);
});

it('refuses a database that a newer version has migrated', async () => {
  const url = await empty();
  await migrate(url);
  await query(url, "UPDATE _prisma_migrations SET migration_name = '29990101000000_later'");
  await expect(migrate(url)).rejects.toThrow('does not know: it is too old');
});

it('leaves nothing behind when a migration fails', async () => {
  const url = await empty();
  await query(url, 'CREATE TABLE push_part (place text)');
  await expect(migrate(url)).rejects.toThrow(/The migration \d+_init failed: relation "push_part" already exists/);
  expect(await query(url, "SELECT to_regclass('device') AS device")).toEqual([{ device: null }]);
  await query(url, 'DROP TABLE push_part');
  expect(await migrate(url)).toEqual(names);
});
