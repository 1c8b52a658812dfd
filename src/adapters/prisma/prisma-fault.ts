import { AppError } from '../../services/app-error.ts';
import { Prisma } from './generated/client.ts';

/** P1xxx: the server cannot be reached or refuses; P2024 no connection became free; P2028 the transaction was lost. */
const AWAY = /^(P1\d{3}|P2024|P2028)$/;
/** What the driver says of a lost connection, where Prisma gives it no code of its own. */
const LOST =
  /Connection terminated|ECONNREFUSED|ECONNRESET|EPIPE|terminating connection|the database system is (?:starting up|shutting down)|timeout exceeded when trying to connect|Query read timeout|DatabaseNotReachable|ConnectionClosed/i;

/**
 * Runs a piece of database work. Faults of the connection become AppError `unavailable`; a serialisation conflict is
 * tried again; anything else is thrown as it is.
 */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt < 4 && isCode(error, 'P2034')) continue;
      if (error instanceof AppError || !isAway(error)) throw error;
      throw new AppError('unavailable', 'The database cannot be reached at the moment.', {}, error);
    }
  }
}

/** A row with that unique key is there already. */
export function isDuplicate(error: unknown): boolean {
  return isCode(error, 'P2002');
}

/** Another row still points at this one, or the row pointed at is gone. */
export function isReferenced(error: unknown): boolean {
  return isCode(error, 'P2003');
}

/** The row to be changed is not there. */
export function isMissing(error: unknown): boolean {
  return isCode(error, 'P2025');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === code;
}

function isAway(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && AWAY.test(error.code)) return true;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (LOST.test(`${cause.name} ${cause.message}`) || 'syscall' in cause) return true;
  }
  return false;
}
