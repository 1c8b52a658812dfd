import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Principal } from '../../domain/principal.ts';
import type { HttpMetrics } from '../../services/ports/metrics.ts';
import type { KnownSession } from '../../services/sign-in.ts';
import { problemResponse } from './problem.ts';
import type { Upload } from './route.ts';

/** What the request's other middleware tells this one. */
export interface RequestState {
  requestId: string;
  /** The template of the route that took the request. */
  route?: string;
  /** Who the request comes from, once that is known. */
  principal?: Principal;
  /** The session that the request's cookie stands for. */
  session?: KnownSession;
  /** A body that is read as it comes. */
  upload?: Upload;
}

/**
 * The outermost layer: gives the request its id, turns what is thrown into a problem document, and writes one log line.
 * The line holds neither bodies nor headers nor the query, so no secret can be in it.
 */
export function requestLog(logger: Logger, metrics: HttpMetrics | undefined): Middleware<RequestState> {
  return async (ctx, next) => {
    const started = performance.now();
    const requestId = requestIdOf(ctx);
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    ctx.set('Cache-Control', 'no-store');
    ctx.set('X-Content-Type-Options', 'nosniff');
    let bug: unknown;
    try {
      await next();
    } catch (error) {
      const problem = problemResponse(error, requestId);
      bug = problem.bug;
      ctx.set({ ...problem.headers });
      ctx.status = problem.status;
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify(problem.document);
    }
    const durationMs = performance.now() - started;
    const { method, path, status } = ctx;
    const line = {
      requestId,
      address: ctx.ip,
      principal: ctx.state.principal?.id,
      method,
      path,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
    };
    if (bug === undefined) logger.info(line, 'request');
    else logger.error({ ...line, err: bug }, 'request failed');
    metrics?.requestHandled(ctx.state.route ?? 'none', method, status, durationMs);
  };
}

/** The caller's own id when it is a harmless one, so that logs of several programs can be laid side by side. */
function requestIdOf(ctx: Context): string {
  const given = ctx.get('X-Request-Id');
  return /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID();
}
