import pg from 'pg';
import { AppError } from '../../services/app-error.ts';

/** SQLSTATEs (PostgreSQL, appendix A) that speak of the server, not of the statement. */
const AWAY: readonly RegExp[] = [
  // 08: connection exceptions; 53: no resources (connections, memory, disk); 57P0x: shutting down, starting up.
  /^08/,
  /^53/,
  /^57P0/,
  // Cancelled, also by a time-out.
  /^57014$/,
  // Read only: we are talking to a standby.
  /^25006$/,
];

/** Deadlock, serialisation failure: nothing was written, and a second try is likely to go through. */
const COLLISION = /^40(P01|001)$/;

/**
 * Runs a piece of database work. Faults of the connection become AppError `unavailable` with their cause; collisions
 * with other transactions are tried again; anything else (a bug) is thrown as it is.
 * @param work a whole transaction: on a collision it is run anew
 */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt < 4 && error instanceof pg.DatabaseError && COLLISION.test(error.code ?? '')) continue;
      throw translated(error);
    }
  }
}

/** Work in a transaction on one connection, guarded. */
export function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return guarded(async () => {
    const client = await pool.connect();
    // What the pool installs for idle connections is off while one is out; the statement under way is rejected anyway.
    const ignore = (): void => {};
    client.on('error', ignore);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (isDriverFault(error)) broken = error;
      else
        await client.query('ROLLBACK').catch((fault: Error) => {
          broken = fault;
        });
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  });
}

const CANCELED = '57014';

/**
 * What `work` gives, or undefined when one of its statements takes longer than that: for answers of which there is another,
 * cheaper one. It reads only.
 */
export async function withinTime<T>(
  pool: pg.Pool,
  ms: number,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${ms}`);
      return work(client);
    });
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (cause instanceof pg.DatabaseError && cause.code === CANCELED) return undefined;
    throw error;
  }
}

function translated(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const away =
    error instanceof pg.DatabaseError
      ? AWAY.some((states) => states.test(error.code ?? ''))
      : isSystemError(error) || isDriverFault(error);
  if (!away) return error;
  return new AppError('unavailable', 'The database cannot be reached at the moment.', {}, error);
}

/** A refused or broken connection; an AggregateError when a host name stands for several addresses. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || error instanceof AggregateError);
}

/** What pg itself throws when a connection is lost or late carries no code, only its text. */
function isDriverFault(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed)|Cannot use a pool after)/.test(
      error.message,
    )
  );
}
