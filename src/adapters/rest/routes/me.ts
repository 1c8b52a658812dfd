import type { KnownSession, SignIn } from '../../../services/sign-in.ts';
import { HttpProblem } from '../problem.ts';
import { defineRoute, type ResponseDefinition, type Route } from '../route.ts';
import { ME_EXAMPLE, meSchema, passwordChangeSchema, signInSchema } from '../schemas/user.ts';
import { endedCookie, sessionCookie } from '../session-cookie.ts';

const me: ResponseDefinition = {
  description: 'Who you are here.',
  content: { mediaType: 'application/json', schema: meSchema, example: ME_EXAMPLE },
};

/** What everybody does for themselves, whatever their role. */
export function meRoutes(signIn: SignIn): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/sign-in',
      operationId: 'signIn',
      tag: 'Access',
      summary: 'Sign in with a name and a password',
      description:
        'For browsers: the session is in a cookie that scripts cannot read, for 7 days at most and 12 hours without a request. ' +
        'Programs use an API key.',
      access: 'open',
      body: {
        kind: 'json',
        schema: signInSchema,
        examples: { ada: { name: 'ada', password: 'a long password of hers' } },
      },
      responses: { 200: { ...me, headers: { 'Set-Cookie': 'The session.' } } },
      problems: ['sign-in-refused', 'attempts-limited', 'unavailable'],
      handle: async ({ body, connection }) => {
        const { principal, cookie, csrfToken, expiresAt } = await signIn.signIn(
          body.name,
          body.password,
          connection.address,
        );
        return {
          status: 200,
          headers: { 'Set-Cookie': sessionCookie(cookie, expiresAt, connection) },
          body: { ...principal, csrfToken, sessionEndsAt: expiresAt.toISOString() },
          principal,
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/me',
      operationId: 'getMe',
      tag: 'Access',
      summary: 'Who you are here, and what you may do',
      responses: { 200: me },
      handle: async ({ principal: { id, kind, name, role }, session }) => ({
        status: 200,
        body: {
          id,
          kind,
          name,
          role,
          ...(session === undefined
            ? {}
            : { csrfToken: session.csrfToken, sessionEndsAt: session.expiresAt.toISOString() }),
        },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/password',
      operationId: 'changePassword',
      tag: 'Access',
      summary: 'Change your password',
      description: 'Your other sessions end.',
      role: 'viewer',
      body: {
        kind: 'json',
        schema: passwordChangeSchema,
        examples: { change: { current: 'a long password of hers', password: 'a longer password of hers' } },
      },
      responses: { 204: { description: 'It is changed.' } },
      problems: ['sign-in-refused', 'attempts-limited', 'not-a-user'],
      handle: async ({ body, session, connection }) => {
        await signIn.changePassword(ofUser(session), body.current, body.password, connection.address);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/sign-out',
      operationId: 'signOut',
      tag: 'Access',
      summary: 'End your session',
      role: 'viewer',
      responses: { 204: { description: 'It has ended.', headers: { 'Set-Cookie': 'Takes the cookie away.' } } },
      problems: ['not-a-user'],
      handle: async ({ session, connection }) => {
        await signIn.signOut(ofUser(session));
        return { status: 204, headers: { 'Set-Cookie': endedCookie(connection) } };
      },
    }),
  ];
}

function ofUser(session: KnownSession | undefined): KnownSession {
  if (session !== undefined) return session;
  throw new HttpProblem(
    'not-a-user',
    'This is for users who have signed in; a key or token has neither password nor session.',
  );
}
