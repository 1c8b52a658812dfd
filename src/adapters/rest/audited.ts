import type { Middleware } from 'koa';
import type { AuditLog } from '../../services/audit-log.ts';
import { HttpProblem } from './problem.ts';
import type { RequestState } from './request-log.ts';
import type { Route } from './route.ts';

/**
 * Writes down who did what on a route that changes something: what succeeded, and what was refused for want of rights.
 * @param onLost told when a thing was done and could not be written down
 */
export function audited(
  { operationId }: Route,
  log: AuditLog,
  onLost: (error: unknown, ctx: { readonly state: RequestState }) => void,
): Middleware {
  return async (ctx, next) => {
    const state = ctx.state as RequestState;
    const write = async (status: number): Promise<void> => {
      if (state.principal === undefined) return;
      const made = ctx.res.getHeader('Location');
      await log
        .add({
          principal: state.principal,
          operation: operationId,
          params: { ...(ctx.params as Record<string, string>) },
          ...(typeof made === 'string' ? { made } : {}),
          status,
          address: ctx.ip,
        })
        .catch((error: unknown) => onLost(error, { state }));
    };
    try {
      await next();
    } catch (error) {
      if (error instanceof HttpProblem && error.code === 'role-insufficient') await write(403);
      throw error;
    }
    // A repeat of an idempotent request does nothing.
    if (ctx.status < 300 && !ctx.res.hasHeader('Idempotency-Replayed')) await write(ctx.status);
  };
}
