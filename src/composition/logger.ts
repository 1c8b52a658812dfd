import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

/**
 * What the drivers hang on their errors (whole clients, statements, values) stays out of the log. Lines are
 * written by the side, what comes meanwhile together: nobody waits for whoever reads them. They are out before the process
 * ends by itself or says something fatal; a process that is killed takes the last moment's with it.
 */
export function createLogger(config: Pick<Config, 'logLevel'>): Logger {
  return pino({ level: config.logLevel, serializers: { err: plainError } }, pino.destination({ sync: false }));
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, message, ...code, stack, ...(cause !== undefined && { cause: plainError(cause) }) };
}
