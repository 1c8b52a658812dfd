import pg from 'pg';

export interface PoolOptions {
  /** Connections at most. */
  readonly max?: number;
  /** Told of connections that broke while nobody used them; whoever used one is told by its statement. */
  readonly onIdleError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Beyond this a statement counts as lost, e.g. when the server is frozen or the network swallows packets. */
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * Connections to the database for everybody in this process. They are made when they are needed, so a database that is
 * away at the start, or goes away, only fails the statements made meanwhile.
 */
export function createPool(databaseUrl: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'omadm',
    max: options.max ?? 20,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}
