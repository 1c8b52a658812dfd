import { z } from 'zod';
import type { Sessions } from '../../../services/sessions.ts';
import { defineRoute, type Route } from '../route.ts';
import { deviceId, idOf, pageParameters } from '../schemas/fields.ts';
import {
  MESSAGE_EXAMPLE,
  messagePage,
  presentMessage,
  presentSession,
  SESSION_EXAMPLE,
  sessionPage,
  sessionSchema,
} from '../schemas/session.ts';

const byId = z.strictObject({ id: idOf('the session') });

export function sessionRoutes(sessions: Sessions): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/sessions',
      operationId: 'listSessions',
      tag: 'Sessions',
      summary: 'List DM sessions, newest first',
      query: z.strictObject({
        ...pageParameters,
        deviceId: deviceId.exactOptional(),
        open: z
          .enum(['true', 'false'], { error: 'Expected true or false.' })
          .transform((value) => value === 'true')
          .exactOptional()
          .meta({ description: 'Only those that go on, or only those that have ended.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: sessionPage, example: { items: [SESSION_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await sessions.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentSession) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/sessions/{id}',
      operationId: 'getSession',
      tag: 'Sessions',
      summary: 'One DM session',
      params: byId,
      responses: {
        200: {
          description: 'The session.',
          content: { mediaType: 'application/json', schema: sessionSchema, example: SESSION_EXAMPLE },
        },
      },
      problems: ['session-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentSession(await sessions.get(params.id)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/sessions/{id}/messages',
      operationId: 'listSessionMessages',
      tag: 'Sessions',
      summary: 'What was said, oldest first',
      params: byId,
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: messagePage, example: { items: [MESSAGE_EXAMPLE] } },
        },
      },
      problems: ['session-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor } }) => {
        const page = await sessions.messages(params.id, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentMessage) } };
      },
    }),
  ];
}
