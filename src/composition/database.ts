import type { Logger } from 'pino';
import { startEmbeddedPostgres } from '../adapters/embedded-postgres/start-embedded-postgres.ts';
import { migrate } from '../adapters/prisma/migrate.ts';
import type { Config } from '../config.ts';
import { AppError } from '../services/app-error.ts';

const DATABASE_RETRY_MS = 1_000;

/** The database named, or one of our own. */
export async function database(
  config: Config,
  logger: Logger,
  stops: (() => Promise<void>)[],
): Promise<{ databaseUrl: string; failed: Promise<string> }> {
  if (config.databaseUrl !== undefined) {
    return { databaseUrl: config.databaseUrl, failed: new Promise(() => {}) };
  }
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log: (text) => logger.info(text) });
  stops.push(() => postgres.stop());
  return {
    databaseUrl: postgres.url,
    failed: postgres.died.then((tail) => `the embedded PostgreSQL has ended: ${tail}`),
  };
}

/** A database that is away at the start is waited for; one that cannot be migrated is not. */
export async function untilMigrated(databaseUrl: string, logger: Logger, isStopping: () => boolean): Promise<void> {
  while (!isStopping()) {
    try {
      const applied = await migrate(databaseUrl);
      if (applied.length > 0) logger.info({ applied }, 'database migrated');
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      logger.warn({ err: error }, 'the database cannot be reached; trying again');
      await new Promise((resolve) => setTimeout(resolve, DATABASE_RETRY_MS));
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable';
}
