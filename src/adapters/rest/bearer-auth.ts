import { createHash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { HttpProblem } from './problem.ts';

/** Whether a bearer token is good. Takes the same time for every wrong one. */
export type TokenVerifier = (token: string) => Promise<boolean>;

/** Knows one token. */
export function staticTokenVerifier(token: string): TokenVerifier {
  const expected = digest(token);
  return async (given) => timingSafeEqual(digest(given), expected);
}

/** Lets requests with a good token through; RFC 6750 says how the others are answered. */
export function bearerAuth(verify: TokenVerifier): Middleware {
  return async (ctx, next) => {
    const [, token] = /^bearer +(\S+) *$/i.exec(ctx.get('Authorization')) ?? [];
    if (token === undefined) {
      throw new HttpProblem('unauthorized', 'Send "Authorization: Bearer …" with the admin token.', {
        headers: { 'WWW-Authenticate': 'Bearer realm="admin"' },
      });
    }
    if (!(await verify(token))) {
      throw new HttpProblem('unauthorized', 'The bearer token is not valid.', {
        headers: { 'WWW-Authenticate': 'Bearer realm="admin", error="invalid_token"' },
      });
    }
    await next();
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
