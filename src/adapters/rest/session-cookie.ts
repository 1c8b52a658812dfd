import type { Context } from 'koa';
import type { KnownSession } from '../../services/sign-in.ts';
import { HttpProblem } from './problem.ts';

/** The request's own connection: what a cookie has to say depends on it. */
export interface ClientConnection {
  readonly address: string;
  /** Over TLS, as far as the listener and its proxies know. */
  readonly secure: boolean;
}

/** Header with which the page's scripts show that a request is theirs. */
export const CSRF_HEADER = 'X-CSRF-Token';

/** `__Host-` (RFC 6265bis) binds a cookie to this very host; browsers take it over TLS only. */
const NAMES = { plain: 'omadm_session', secure: '__Host-omadm_session' } as const;

export function cookieOf(ctx: Context): string | undefined {
  return ctx.cookies.get(ctx.secure ? NAMES.secure : NAMES.plain);
}

/** Scripts cannot read it, no other site's request carries it, and it ends with the session. */
export function sessionCookie(value: string, expiresAt: Date, { secure }: ClientConnection): string {
  return `${secure ? NAMES.secure : NAMES.plain}=${value}; Path=/; Expires=${expiresAt.toUTCString()}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

export function endedCookie(connection: ClientConnection): string {
  return sessionCookie('', new Date(0), connection);
}

/** A browser adds cookies by itself; the header only a script of our own page can add. */
export function refuseForeignWrite(ctx: Context, { csrfToken }: KnownSession): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(ctx.method) || ctx.get(CSRF_HEADER) === csrfToken) return;
  throw new HttpProblem(
    'csrf-token-missing',
    `Beside a cookie a write needs the header ${CSRF_HEADER} with the csrfToken of /api/v1/me.`,
  );
}
