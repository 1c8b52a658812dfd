import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { type Principal, type Role, suffices, TOKEN_HOLDER } from '../../domain/principal.ts';
import type { KnownSession } from '../../services/sign-in.ts';
import { HttpProblem } from './problem.ts';
import type { RequestState } from './request-log.ts';
import { cookieOf, refuseForeignWrite } from './session-cookie.ts';

/** Whether a bearer token is the admin token. Takes the same time for every wrong one. */
export type TokenVerifier = (token: string) => Promise<boolean>;

/** Knows one token. */
export function staticTokenVerifier(token: string): TokenVerifier {
  const expected = digest(token);
  return async (given) => timingSafeEqual(digest(given), expected);
}

export interface AuthenticationOptions {
  readonly verifyToken: TokenVerifier;
  /** Whose API key it is. */
  readonly principalOfKey: (key: string) => Promise<Principal | undefined>;
  /** What a cookie stands for. */
  readonly sessionOf: (cookie: string) => Promise<KnownSession | undefined>;
}

/**
 * Finds out who a request comes from: by its Authorization header, or else by its cookie. RFC 6750 says how those are
 * answered of whom it cannot be said.
 */
export function authentication({ verifyToken, principalOfKey, sessionOf }: AuthenticationOptions): Middleware {
  const sessionOfCookie = async (ctx: Context): Promise<KnownSession | undefined> => {
    const cookie = ctx.get('Authorization') === '' ? cookieOf(ctx) : undefined;
    const session = cookie === undefined ? undefined : await sessionOf(cookie);
    if (session !== undefined) refuseForeignWrite(ctx, session);
    return session;
  };
  const principalOf = async (ctx: Context): Promise<Principal> => {
    const [, token] = /^bearer +(\S+) *$/i.exec(ctx.get('Authorization')) ?? [];
    if (token === undefined) {
      throw new HttpProblem(
        'unauthorized',
        'Send "Authorization: Bearer …" with an API key or the admin token, or sign in.',
        {
          headers: { 'WWW-Authenticate': 'Bearer realm="admin"' },
        },
      );
    }
    const principal = (await verifyToken(token)) ? TOKEN_HOLDER : await principalOfKey(token);
    if (principal !== undefined) return principal;
    throw new HttpProblem('unauthorized', 'The bearer token is not valid.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="admin", error="invalid_token"' },
    });
  };
  return async (ctx, next) => {
    const state = ctx.state as RequestState;
    const session = await sessionOfCookie(ctx);
    if (session !== undefined) state.session = session;
    state.principal = session?.principal ?? (await principalOf(ctx));
    await next();
  };
}

/** Lets those through whose role is, or holds, the needed one. */
export function requireRole(needed: Role): Middleware {
  return async (ctx, next) => {
    const { principal } = ctx.state as RequestState;
    if (principal === undefined || !suffices(principal.role, needed)) {
      throw new HttpProblem(
        'role-insufficient',
        `This needs the role ${needed}; you have ${principal?.role ?? 'none'}.`,
        {
          members: { needed, role: principal?.role },
        },
      );
    }
    await next();
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
