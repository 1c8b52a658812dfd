import { AppError } from '../../services/app-error.ts';
import { Prisma } from './generated/client.ts';

/** Prisma's codes (error reference, P1… and P2…) for a database that is away, or shutting down, or full. */
const AWAY: ReadonlySet<string> = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
]);

/** SQLSTATEs for the same; they come with raw statements. See PostgreSQL, appendix A. */
const AWAY_STATES = /^(08|53|57P0|57014|25006)/;

/** A deadlock or a write conflict: nothing was written, and a second try is likely to go through. */
const COLLISION: ReadonlySet<string> = new Set(['P2034']);
const COLLISION_STATES = /^40(P01|001)$/;

/** What the driver says, without any code, when a connection is lost or late. */
const DRIVER_FAULT =
  /Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed)|Cannot use a pool after|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN/;

/**
 * Runs a piece of database work. Faults of the connection become AppError `unavailable` with their cause; collisions with
 * other transactions are tried again; anything else is thrown as it is.
 * @param work a whole transaction: on a collision it is run anew
 */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (attempt < 4 && isCollision(error)) continue;
      if (isAway(error)) {
        throw new AppError('unavailable', 'The database cannot be reached at the moment.', {}, error);
      }
      throw error;
    }
  }
}

/** A unique key that exists already. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'P2002';
}

/** A row that others refer to, or one that refers to nothing. */
export function isReferenceFault(error: unknown): boolean {
  return codeOf(error) === 'P2003';
}

function isCollision(error: unknown): boolean {
  return COLLISION.has(codeOf(error) ?? '') || COLLISION_STATES.test(stateOf(error) ?? '');
}

function isAway(error: unknown): boolean {
  if (AWAY.has(codeOf(error) ?? '') || AWAY_STATES.test(stateOf(error) ?? '')) return true;
  // Its message quotes the driver's; so does that of an error that Prisma has no code for.
  return (
    error instanceof Error && !(error instanceof Prisma.PrismaClientValidationError) && DRIVER_FAULT.test(textOf(error))
  );
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code;
  if (error instanceof Prisma.PrismaClientInitializationError) return error.errorCode;
  return undefined;
}

/** The SQLSTATE of the driver's error, its own or as Prisma passes it on. */
function stateOf(error: unknown): string | undefined {
  for (let inner: unknown = error; inner instanceof Object; ) {
    const { originalCode, code, meta, driverAdapterError, cause } = inner as Record<string, unknown>;
    if (typeof originalCode === 'string') return originalCode;
    // An error of the driver itself; Prisma's own codes look alike and begin with P.
    if (typeof code === 'string' && /^[0-9A-OQ-Z][0-9A-Z]{4}$/.test(code)) return code;
    inner = driverAdapterError ?? cause ?? meta;
  }
  return undefined;
}

function textOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : '';
  const { code } = error as { code?: unknown };
  return `${error.message} ${cause} ${typeof code === 'string' ? code : ''}`;
}
