import { mkdirSync, writeFileSync } from 'node:fs';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { MIGRATIONS, migrate } from '../src/adapters/prisma/migrate.ts';
import { diffMigrationsToSchema, withSchemaEngine } from './prisma-schema-engine.ts';

const USAGE = `usage: npm run migrate                  applies prisma/migrations to DATABASE_URL
       npm run migrate:diff -- <name>   writes the migration that prisma/schema.prisma asks for`;

const [command = 'apply', name] = process.argv.slice(2);

if (command === 'apply') await applyTo(process.env['DATABASE_URL']);
else if (command === 'diff') await writeDiff(name);
else fail(USAGE);

async function applyTo(databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl === undefined)
    return fail('DATABASE_URL is not set; an embedded database is migrated when the server starts.');
  const applied = await migrate(databaseUrl);
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
}

async function writeDiff(title = ''): Promise<void> {
  if (!/^[a-z0-9_]+$/.test(title)) return fail(`${USAGE}\nA name is made of a-z, 0-9 and _.`);
  const postgres = await startEmbeddedPostgres({ durability: 'off' });
  try {
    const sql = await withSchemaEngine(postgres.url, diffMigrationsToSchema);
    if (sql === undefined) {
      console.log('The migrations agree with the schema: nothing to write.');
      return;
    }
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const folder = new URL(`${stamp}_${title}/`, MIGRATIONS);
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL('migration.sql', folder), sql);
    console.log(`Wrote prisma/migrations/${stamp}_${title}/migration.sql: read it, and add what Prisma cannot say.`);
  } finally {
    await postgres.stop();
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
